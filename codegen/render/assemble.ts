import { type ImportDeclarationStructure, type OptionalKind, Project, StructureKind, ts } from "ts-morph";
import { header, LINTERS_OFF } from "../header.js";
import { type FilePlan, fits } from "../plan/index.js";
import { body } from "./templating.js";

/** The generator wrote something that is not TypeScript: a bug of ours, never the schema's. */
export class GeneratedSyntaxError extends Error {
  readonly code = "generated_syntax";

  constructor(file: FilePlan, line: number, text: string, reason: string) {
    super(
      `internal error: template "${file.template}" gave text that does not parse: ${file.path}:${line}: ${reason}\n  ${text}\n` +
        "Please report this with your schema; nothing was written.",
    );
    this.name = "GeneratedSyntaxError";
  }
}

/** Puts header and imports before each body, and parses the result. */
export function assemble(files: readonly FilePlan[]): ReadonlyMap<string, string> {
  const project = new Project({
    useInMemoryFileSystem: true,
    skipLoadingLibFiles: true,
    compilerOptions: { target: ts.ScriptTarget.ES2022, noResolve: true, types: [] },
  });
  const sources = files.map((file) => {
    const printed = project
      .createSourceFile(`/${file.path}`, { statements: imports(file) })
      .getFullText()
      .split("\n")
      .map(wrapped)
      .join("\n");
    const text = `${header(file.source)}\n${LINTERS_OFF}${printed}\n${body(file)}`.replace(/\n{3,}/g, "\n\n").trimEnd();
    return { file, source: project.createSourceFile(`/${file.path}`, `${text}\n`, { overwrite: true }) };
  });
  const program = project.getProgram();
  for (const { file, source } of sources) {
    const [first] = program.getSyntacticDiagnostics(source);
    if (first !== undefined) throw syntaxError(file, source.getFullText(), first.compilerObject);
  }
  return new Map(sources.map(({ file, source }) => [file.path, source.getFullText()]));
}

function imports(
  file: FilePlan,
): (OptionalKind<ImportDeclarationStructure> & { kind: StructureKind.ImportDeclaration })[] {
  return file.imports.map(({ module, names }) => ({
    kind: StructureKind.ImportDeclaration,
    moduleSpecifier: module,
    ...(names === undefined
      ? { namespaceImport: "$" }
      : {
          isTypeOnly: names.every(({ typeOnly }) => typeOnly),
          namedImports: names.map(({ name, alias, typeOnly }) => ({
            name,
            isTypeOnly: typeOnly && !names.every((one) => one.typeOnly),
            ...(alias === undefined ? {} : { alias }),
          })),
        }),
  }));
}

/** An import on several lines when one is too long. */
function wrapped(line: string): string {
  const named = /^(import (?:type )?\{) (.*) (\} from .*)$/.exec(line);
  if (fits(line.length) || named === null) return line;
  const [, head = "", names = "", tail = ""] = named;
  return [head, ...names.split(", ").map((name) => `  ${name},`), tail].join("\n");
}

function syntaxError(file: FilePlan, text: string, { start = 0, messageText }: ts.Diagnostic): GeneratedSyntaxError {
  const line = text.slice(0, start).split("\n").length;
  const reason = ts.flattenDiagnosticMessageText(messageText, " ");
  return new GeneratedSyntaxError(file, line, text.split("\n")[line - 1] ?? "", reason);
}
