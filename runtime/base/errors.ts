import { isNativeError } from "node:util/types";
import { acrossCopies } from "./across-copies.js";

/** The root of all errors of this package. `code` is stable and survives two copies of the package. */
export class TaskwireError extends Error {
  static {
    acrossCopies(TaskwireError, "TaskwireError");
  }

  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** Includes errors of another realm, such as the vm context of a test runner. */
function isError(value: unknown): value is Error {
  return value instanceof Error || isNativeError(value);
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return isError(error) ? error.message : String(error);
}

/** The `code` of a Node or Taskwire error, "" when it has none. */
export function codeOf(error: unknown): string {
  return isError(error) && "code" in error && typeof error.code === "string" ? error.code : "";
}
