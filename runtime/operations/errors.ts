import { TaskwireError } from "../base/errors.js";

/** Kinds of refusals; each has one gRPC status and one HTTP status. */
export type RefusalKind =
  | "bad_request"
  | "unauthenticated"
  | "forbidden"
  | "not_found"
  | "conflict"
  | "too_large"
  | "invalid"
  | "too_many"
  | "unavailable";

/** A verb that is refused. `field`: the path of the parameter that is wrong. */
export class OperationError extends TaskwireError {
  readonly kind: RefusalKind;
  readonly field: string | undefined;

  constructor(
    kind: RefusalKind,
    code: string,
    message: string,
    options: ErrorOptions & { readonly field?: string } = {},
  ) {
    super(code, message, options);
    this.kind = kind;
    this.field = options.field;
  }
}
