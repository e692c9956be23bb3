import { type Document, parseAllDocuments, type YAMLError } from "yaml";
import type { Place, ProblemParts, Problems } from "../problem/problem.js";
import { diagnose, passedOver } from "./diagnosis.js";
import { sectionOf } from "./lines.js";
import { type Node, quoted } from "./node.js";
import { NodeReader } from "./node-reader.js";
import { RepairedText } from "./repaired-text.js";

/** The parser is recursive: some thousand levels of nesting exhaust its stack. */
const TOO_DEEP: ProblemParts = {
  code: "yaml_syntax",
  path: "",
  expected: "valid YAML",
  got: "YAML that is nested too deeply",
  sentence: "the YAML is nested too deeply",
};

const EMPTY_FILE: ProblemParts = {
  code: "missing_key",
  path: "",
  expected: "a mapping that starts with taskwire: 1",
  got: "an empty file",
  hint: "add taskwire: 1",
  sure: true,
};

/** Largest number of syntax errors that are reported per file. */
const MOST_MISTAKES = 20;
/** Longer files, in characters, report only the first syntax error: each one costs another parse. */
const LONG = 200_000;

/**
 * Reads one YAML text (Core schema 1.2). Each syntax error is reported, and reading continues after it, so that it hides no
 * other problem; `problems` are then incomplete where something was skipped. Undefined when nothing can be read.
 */
export function readYaml(file: string, text: string, problems: Problems): Node | undefined {
  const repaired = new RepairedText(text);
  const placeAt = (offset: number): Place => ({ file, ...repaired.place(offset) });
  const documents = readable(file, repaired, placeAt, problems);
  if (documents === undefined) {
    problems.markIncomplete();
    return undefined;
  }
  const start = { file, line: 1, column: 1 };
  const [document, second] = documents;
  // Nothing may be left of a text whose mistakes were skipped.
  const wasRepaired = repaired.text !== text;
  if (document === undefined || (document.contents === null && wasRepaired)) {
    if (!wasRepaired) problems.add(start, EMPTY_FILE);
    return undefined;
  }
  const refuse = (place: Place, parts: Omit<ProblemParts, "code" | "path">) => {
    problems.add(place, { code: "yaml_left_out", path: "", ...parts });
    problems.markIncomplete();
  };
  if (document.directives?.yaml.explicit === true || hasTagDirective(document)) {
    const place = placeAt(Math.max(text.search(/^%/m), 0));
    const got = `"${repaired.line(place.line)}"`;
    refuse(place, { expected: "YAML 1.2 without directives", got, hint: "remove that line" });
    return undefined;
  }
  if (second !== undefined) {
    const hint = "move it to its own file";
    refuse(placeAt(second.range[0]), { expected: "one document in a file", got: "a second one", hint });
  }
  if (document.contents === null) {
    problems.add(start, EMPTY_FILE);
    return undefined;
  }
  const lineText = (line: number) => repaired.line(line);
  return new NodeReader({ document, placeAt, lineText, problems, size: text.length }).read();
}

/** The documents of a text whose syntax errors are reported, and repaired or skipped; undefined when that is impossible. */
function readable(
  file: string,
  repaired: RepairedText,
  placeAt: (offset: number) => Place,
  problems: Problems,
): readonly Document.Parsed[] | undefined {
  const most = repaired.text.length > LONG ? 1 : MOST_MISTAKES;
  for (let mistakes = 0; ; mistakes++) {
    const documents = parse(file, repaired.text, problems);
    const error = documents?.flatMap((one) => one.errors).sort((a, b) => a.pos[0] - b.pos[0])[0];
    if (documents === undefined || error === undefined) return documents;
    if (mistakes === most) return undefined;
    if (error.code === "RESOURCE_EXHAUSTION") {
      problems.add({ file, line: 1, column: 1 }, TOO_DEEP);
      return undefined;
    }
    if (!readPast(error, repaired, placeAt, problems)) return undefined;
  }
}

/** False when reading cannot continue. */
function readPast(
  error: YAMLError,
  repaired: RepairedText,
  placeAt: (offset: number) => Place,
  problems: Problems,
): boolean {
  const { at, sentence, hint, edits, whole = false } = diagnose(error, repaired.text);
  const place = placeAt(at);
  const got = quoted(repaired.line(place.line).trim());
  problems.add(place, { code: "yaml_syntax", path: "", expected: "valid YAML", got, sentence, hint });
  // A partial repair may have moved whatever follows.
  const section = edits === undefined ? sectionOf((line) => repaired.line(line), place.line) : "";
  if (!whole) problems.markIncomplete(section);
  const before = repaired.text;
  const applied = edits ?? passedOver(before, at);
  if (applied === undefined) return false;
  repaired.apply(applied);
  return repaired.text !== before;
}

function parse(file: string, text: string, problems: Problems): readonly Document.Parsed[] | undefined {
  try {
    const documents = parseAllDocuments(text, {
      version: "1.2",
      schema: "core",
      merge: false,
      uniqueKeys: false,
      intAsBigInt: true,
      prettyErrors: false,
      logLevel: "silent",
    });
    return Array.isArray(documents) ? documents : [];
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    problems.add({ file, line: 1, column: 1 }, TOO_DEEP);
    return undefined;
  }
}

function hasTagDirective(document: Document): boolean {
  return Object.keys(document.directives?.tags ?? {}).some((handle) => handle !== "!!");
}
