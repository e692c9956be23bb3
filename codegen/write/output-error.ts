import { TaskwireError } from "taskwire/model";

/** The output folder cannot be written; code `output_failed`. */
export class OutputError extends TaskwireError {
  constructor(file: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(
      "output_failed",
      `cannot write ${file}: ${why}; make the folder writable, or choose another with --out DIR, then run it again`,
      { cause },
    );
  }
}
