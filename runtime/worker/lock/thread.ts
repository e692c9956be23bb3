import { parentPort, workerData } from "node:worker_threads";
import { messageOf, TaskwireError } from "../../base/errors.js";
import { importAtRunTime } from "../../base/process/runtime-import.js";
import { nameThread } from "../../base/process/thread-name.js";
import { INSTALL_SQLITE, nativeSqliteProblem } from "../../base/sqlite/native.js";
import type { LockAnswer, LockRequest } from "./messages.js";
import { LockTable } from "./table.js";

// The thread that writes the lock's SQLite file: waits for the disk and for other processes block no handler.

nameThread("lock");

const file = String(workerData);
let table: LockTable | undefined;

async function open(): Promise<LockTable> {
  const sqlite = await importAtRunTime("better-sqlite3").catch((error: unknown) => {
    throw new TaskwireError(
      "no_sqlite",
      `the at-most-once lock needs better-sqlite3 (${messageOf(error).split("\n")[0]}); ${INSTALL_SQLITE}`,
    );
  });
  table ??= new LockTable(sqlite.default, file);
  return table;
}

async function answer(request: LockRequest): Promise<LockAnswer> {
  try {
    const { number } = request;
    return { number, first: (table ?? (await open())).take(request) };
  } catch (error) {
    return { number: request.number, problem: `${file}: ${nativeSqliteProblem(error) ?? messageOf(error)}` };
  }
}

parentPort?.on("message", async (message: LockRequest | "close") => {
  if (message === "close") {
    table?.close();
    parentPort?.close();
    return;
  }
  parentPort?.postMessage(await answer(message));
});
