import { type Document, LineCounter, parseAllDocuments, type YAMLError } from "yaml";
import type { Complaint, Place, Problems } from "../problem.js";
import { cureFor } from "./cures.js";
import type { Node } from "./node.js";
import { NodeReader } from "./node-reader.js";

/** The parser is recursive: a text nested some thousand levels deep ends its stack. */
const TOO_DEEP: Complaint = {
  code: "yaml_syntax",
  path: "",
  expected: "readable YAML",
  got: "a text nested too deeply",
};

const EMPTY_FILE: Complaint = {
  code: "missing_key",
  path: "",
  expected: "a mapping that starts with taskwire: 1",
  got: "an empty file",
  wayOut: "add taskwire: 1",
};

/** Reads one YAML text (Core schema 1.2). Undefined when it has a problem of syntax; it is then reported. */
export function readYaml(file: string, text: string, problems: Problems): Node | undefined {
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const documents = parse(file, text, lines, problems);
  if (documents === undefined) return undefined;

  const start = { file, line: 1, column: 1 };
  const [document, second] = documents;
  if (document === undefined) {
    problems.add(start, EMPTY_FILE);
    return undefined;
  }
  const lineText = (line: number) => text.split("\n")[line - 1]?.replace(/\r$/, "") ?? "";
  const error = documents.flatMap((one) => one.errors).sort((a, b) => a.pos[0] - b.pos[0])[0];
  if (error?.code === "RESOURCE_EXHAUSTION") {
    problems.add(start, TOO_DEEP);
    return undefined;
  }
  if (error !== undefined) {
    const place = placeAt(error.pos[0]);
    problems.add(place, { code: "yaml_syntax", path: "", ...syntaxError(error, lineText(place.line)) });
    return undefined;
  }
  if (document.directives?.yaml.explicit === true || hasTagDirective(document)) {
    const at = Math.max(text.search(/^%/m), 0);
    problems.add(placeAt(at), {
      code: "yaml_left_out",
      path: "",
      expected: "YAML 1.2 without directives",
      got: `"${lineText(placeAt(at).line)}"`,
      wayOut: "remove that line",
    });
    return undefined;
  }
  if (second !== undefined) {
    problems.add(placeAt(second.range[0]), {
      code: "yaml_left_out",
      path: "",
      expected: "one document in a file",
      got: "a second one",
      wayOut: "move it to a file of its own",
    });
    return undefined;
  }
  if (document.contents === null) {
    problems.add(start, EMPTY_FILE);
    return undefined;
  }
  return new NodeReader({ document, placeAt, lineText, problems, size: text.length }).read();
}

function parse(file: string, text: string, lineCounter: LineCounter, problems: Problems) {
  try {
    const documents = parseAllDocuments(text, {
      version: "1.2",
      schema: "core",
      merge: false,
      uniqueKeys: false,
      intAsBigInt: true,
      prettyErrors: false,
      logLevel: "silent",
      lineCounter,
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

function syntaxError(error: YAMLError, line: string) {
  const got = `${error.message.charAt(0).toLowerCase()}${error.message.slice(1)}`.replace(/\.$/, "");
  return {
    expected: "readable YAML",
    got: `"${line.trim().slice(0, 80)}" (${got})`,
    wayOut: cureFor(error.code, error.message, line),
  };
}
