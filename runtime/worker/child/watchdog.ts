import { isMainThread, Worker, workerData } from "node:worker_threads";

/** How often the parent is looked for, milliseconds. */
const INTERVAL_MS = 250;

/**
 * Ends this process when `parent` is no longer its parent, also when the main thread is in an endless loop: a thread of
 * its own looks. Does not keep the process alive.
 */
export function watchParent(parent: number): void {
  const thread = new Worker(new URL(import.meta.url), {
    workerData: { taskwireParent: parent },
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4, stackSizeMb: 1 },
  });
  thread.unref();
  thread.on("error", (error) => {
    process.stderr.write(`taskwire: the watchdog of child ${process.pid} failed: ${error.message}\n`);
  });
}

function parentOf(data: unknown): number | undefined {
  if (typeof data !== "object" || data === null || !("taskwireParent" in data)) return undefined;
  return typeof data.taskwireParent === "number" ? data.taskwireParent : undefined;
}

const watched = isMainThread ? undefined : parentOf(workerData);
if (watched !== undefined) {
  setInterval(() => {
    if (process.ppid !== watched) process.kill(process.pid, "SIGKILL");
  }, INTERVAL_MS);
}
