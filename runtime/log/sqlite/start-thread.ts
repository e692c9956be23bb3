// Not by its name: an esbuild bundle often begins with a declaration of createRequire.
import nodeModule from "node:module";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { bundledError, fileBeside, ownThread, threadOfText } from "../../base/process/own-thread.js";
import type { FileOptions } from "./file/database.js";
import { THREAD_TEXT } from "./thread-text.js";

/** What the thread is started with. */
export interface ThreadData extends FileOptions {
  /** Where better-sqlite3 is; undefined: where packages are looked for from the thread's own file. */
  readonly sqlite: string | undefined;
}

const FILE = "./thread/entry.js";
/** Another file beside a bundle may have the thread's name, too. */
const OWN = /\/log\/sqlite\/start-thread\.js$/;

/** The thread of the embedded log, also in a bundle, which has no file for it. */
export function startThread(options: FileOptions): Worker {
  const here: string | undefined = import.meta.url;
  const name = "taskwire-log";
  if (here !== undefined && OWN.test(here) && fileBeside(FILE, here) !== undefined) {
    return ownThread(FILE, here, { workerData: { ...options, sqlite: undefined } satisfies ThreadData, name });
  }
  if (THREAD_TEXT === "") throw bundledError("the program of the embedded log's thread");
  return threadOfText(THREAD_TEXT, { workerData: { ...options, sqlite: sqliteFile(here) } satisfies ThreadData, name });
}

/** Looked for from the bundle, then from the program that runs, then from the working directory. */
function sqliteFile(here: string | undefined): string {
  for (const from of [here, process.argv[1], join(process.cwd(), "package.json")]) {
    if (from === undefined) continue;
    try {
      return nodeModule.createRequire(from).resolve("better-sqlite3");
    } catch {
      // The next place may have it; when none has, the thread's own attempt says what is missing.
    }
  }
  return "better-sqlite3";
}
