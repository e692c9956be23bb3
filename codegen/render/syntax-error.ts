/** The generator wrote something that is not TypeScript: a bug of ours, never the schema's. */
export class GeneratedSyntaxError extends Error {
  readonly code = "generated_syntax";

  constructor(path: string, line: number, text: string, reason: string) {
    super(
      `internal error: generated code is wrong: ${path}:${line}: ${reason}\n  ${text}\n` +
        "Please report this with your schema; nothing was written.",
    );
    this.name = "GeneratedSyntaxError";
  }
}
