import type { ts } from "ts-morph";
import { typescript } from "../typescript.js";

/** The generator wrote something that is not TypeScript: a bug of ours, never the schema's. */
export class GeneratedSyntaxError extends Error {
  readonly code = "generated_syntax";

  constructor(path: string, line: number, text: string, reason: string) {
    super(
      `internal error: generated code does not parse: ${path}:${line}: ${reason}\n  ${text}\n` +
        "Please report this with your schema; nothing was written.",
    );
    this.name = "GeneratedSyntaxError";
  }
}

/** Parses TypeScript files, by their paths. Throws GeneratedSyntaxError for the first that does not parse. */
export function checkSyntax(texts: ReadonlyMap<string, string>): void {
  if (texts.size === 0) return;
  const ts = typescript();
  const options: ts.CompilerOptions = { target: ts.ScriptTarget.ES2022, noResolve: true, noLib: true, types: [] };
  const host: ts.CompilerHost = {
    getSourceFile: (path, target) => {
      const text = texts.get(path);
      return text === undefined ? undefined : ts.createSourceFile(path, text, target);
    },
    fileExists: (path) => texts.has(path),
    readFile: (path) => texts.get(path),
    writeFile: () => {},
    getDefaultLibFileName: () => "",
    getCurrentDirectory: () => "",
    getCanonicalFileName: (path) => path,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
  };
  const program = ts.createProgram({ rootNames: [...texts.keys()], options, host });
  for (const [path, text] of texts) {
    const [first] = program.getSyntacticDiagnostics(program.getSourceFile(path));
    if (first !== undefined) throw syntaxError(ts, path, text, first);
  }
}

function syntaxError(compiler: typeof ts, path: string, text: string, found: ts.Diagnostic): GeneratedSyntaxError {
  const line = text.slice(0, found.start ?? 0).split("\n").length;
  const reason = compiler.flattenDiagnosticMessageText(found.messageText, " ");
  return new GeneratedSyntaxError(path, line, text.split("\n")[line - 1] ?? "", reason);
}
