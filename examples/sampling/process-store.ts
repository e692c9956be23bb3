import { MissingVariable } from "./errors.js";
import { SqliteStore } from "./sqlite-store.js";

/** The variable with the path of the store's file; every process of the example has it. */
export const STORE_VARIABLE = "TASKWIRE_DEMO_STORE";

let opened: SqliteStore | undefined;

/** This process's store, opened at first use. Throws MissingVariable. */
export function processStore(environment = process.env): SqliteStore {
  const path = environment[STORE_VARIABLE];
  if (path === undefined || path === "")
    throw new MissingVariable(STORE_VARIABLE, "the path of the volume and rate store");
  if (opened?.path !== path) {
    opened?.close();
    opened = new SqliteStore(path);
  }
  return opened;
}

export function closeProcessStore(): void {
  opened?.close();
  opened = undefined;
}
