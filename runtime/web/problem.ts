import { ParameterError, UndecodableError } from "../activation/errors.js";
import { messageOf, TaskwireError } from "../base/errors.js";
import type { Logger } from "../base/logger.js";
import type { ProblemDocument } from "../operations/documents/front.js";
import { OperationError, type RefusalKind } from "../operations/errors.js";

const STATUSES: Readonly<Record<RefusalKind, number>> = {
  bad_request: 400,
  // A broker refuses the console, not the person.
  unauthenticated: 403,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  invalid: 422,
  too_many: 429,
  unavailable: 503,
};

/** An answer that is an error of HTTP itself, or of signing in. */
export class HttpProblem extends TaskwireError {
  readonly status: 400 | 401 | 403 | 404 | 405 | 413 | 415 | 429;

  constructor(status: HttpProblem["status"], code: string, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.status = status;
  }
}

interface Problem {
  readonly status: number;
  readonly document: ProblemDocument;
}

/** A document as an answer. */
export function json(status: number, document: object, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(`${JSON.stringify(document)}\n`, {
    status,
    headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store", ...headers },
  });
}

/** What a failed request is answered. The inside of a fault of this process is only logged. */
export function problemResponse(error: unknown, { url }: Request, logger: Logger): Response {
  const problem = problemOf(error);
  if (problem !== undefined) return json(problem.status, problem.document);
  logger.error("cannot answer a request of the console", { path: new URL(url).pathname, error: messageOf(error) });
  return json(500, { code: "internal", message: "internal error; see the log of the process" });
}

/** What an error is answered with; undefined: it is a fault of this process. */
export function problemOf(error: unknown): Problem | undefined {
  if (!(error instanceof TaskwireError)) return undefined;
  const { code, message } = error;
  if (error instanceof HttpProblem) return { status: error.status, document: { code, message } };
  if (error instanceof ParameterError) return { status: 422, document: { code, message, issues: error.issues } };
  if (error instanceof UndecodableError) return { status: 422, document: { code, message } };
  if (!(error instanceof OperationError)) return { status: 503, document: { code, message } };
  const field = error.field === undefined ? {} : { field: error.field };
  return { status: STATUSES[error.kind], document: { code, message, ...field } };
}
