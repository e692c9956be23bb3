// The default import: an esbuild bundle often begins with a declaration of createRequire.
import nodeModule from "node:module";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import {
  missingInBundleError,
  packageFile,
  startPackageThread,
  startSourceThread,
} from "../../base/process/package-thread.js";
import type { FileOptions, ThreadData } from "./messages.js";
import { THREAD_SOURCE } from "./thread-source.js";

const FILE = "./thread/entry.js";
/** The path of this module outside of bundles. A file beside a bundle may have the name of the thread's file, too. */
const UNBUNDLED = /\/log\/sqlite\/start-thread\.js$/;

/** Starts the thread of the embedded log: from its file, in a bundle from its embedded source. */
export function startThread(options: FileOptions): Worker {
  const here: string | undefined = import.meta.url;
  const name = "taskwire-log";
  if (here !== undefined && UNBUNDLED.test(here) && packageFile(FILE, here) !== undefined) {
    return startPackageThread(FILE, here, { workerData: { ...options, sqlite: undefined } satisfies ThreadData, name });
  }
  if (THREAD_SOURCE === "") throw missingInBundleError("the program of the embedded log's thread");
  return startSourceThread(THREAD_SOURCE, {
    workerData: { ...options, sqlite: sqliteFile(here) } satisfies ThreadData,
    name,
  });
}

/** Path of better-sqlite3 as found from the bundle, the main program or the working directory, in this order. */
function sqliteFile(here: string | undefined): string {
  for (const from of [here, process.argv[1], join(process.cwd(), "package.json")]) {
    if (from === undefined) continue;
    try {
      return nodeModule.createRequire(from).resolve("better-sqlite3");
    } catch {
      // When no place has it, the import in the thread fails and says what is missing.
    }
  }
  return "better-sqlite3";
}
