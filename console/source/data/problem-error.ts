import type { ParameterIssue } from "../../../runtime/activation/errors.js";

interface Facts {
  /** 0: no answer came. */
  readonly status: number;
  readonly code: string;
  readonly field?: string | undefined;
  readonly issues?: readonly ParameterIssue[] | undefined;
}

/** A call that the server refused, or did not answer. `code` is the server's; `unreachable`, `bad_answer`: none came, or no JSON. */
export class ProblemError extends Error {
  readonly code: string;
  readonly status: number;
  readonly field: string | undefined;
  readonly issues: readonly ParameterIssue[];

  constructor(message: string, { status, code, field, issues }: Facts, options?: ErrorOptions) {
    super(message, options);
    this.name = "ProblemError";
    this.code = code;
    this.status = status;
    this.field = field;
    this.issues = issues ?? [];
  }
}

/** What went wrong, whatever was thrown. */
export function problemOf(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ProblemError(message, { status: 0, code: "failed" }, { cause: error });
}
