import { TaskwireError } from "../base/errors.js";

/** How long a unique key is kept, in milliseconds. */
export const UNIQUE_KEY_MS = 24 * 3_600_000;

export class UniqueKeyError extends TaskwireError {
  constructor(records: number) {
    super("unique_key", `a unique key is for exactly one record, got ${records}; append them one by one`);
  }
}
