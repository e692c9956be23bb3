import { OperationError } from "../../operations/errors.js";
import type { Missing } from "../front.js";

/** Whether a pool has the name that is asked for. A log is named without the broker whose own it is: that does not answer. */
export function isOfPool(asked: string, name: string): boolean {
  return name === asked || (!name.includes("@") && asked.startsWith(`${name}@`));
}

/** `all`: the names of the pools there are. `partial`: brokers whose pool is not known. */
export function unknownPool(pool: string, all: readonly string[], partial: readonly Missing[]): OperationError {
  const silent = partial.length === 0 ? "" : `; ${partial.map(({ broker }) => broker).join(", ")} did not answer`;
  const message = `pool: expected one of ${all.join(", ")}, found "${pool.slice(0, 120)}"${silent}`;
  return new OperationError("not_found", "unknown_pool", message, { field: "pool" });
}
