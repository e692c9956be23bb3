import { isMainThread, workerData } from "node:worker_threads";
import { startPackageThread } from "../../base/process/package-thread.js";
import { CONTROL_DESCRIPTOR, openChildEnd } from "../channel/child-end.js";
import { Ledger } from "../channel/ledger.js";
import { isTakeBack } from "./message-checks.js";
import type { TakenBack } from "./messages.js";

/** How often the thread checks that the parent is alive, milliseconds. */
const INTERVAL_MS = 250;

interface Watched {
  readonly parent: number;
  readonly ledger: SharedArrayBuffer;
}

/**
 * Starts a thread that works also while a handler blocks the main thread: it takes back orders that have not begun, and
 * it ends this process, with every program that its handlers started, when `parent` is no longer its parent. It does
 * not keep the process alive.
 */
export function startWatchdog(parent: number, ledger: Ledger): void {
  const data: { readonly taskwire: Watched } = { taskwire: { parent, ledger: ledger.memory } };
  const thread = startPackageThread("./watchdog.js", import.meta.url, {
    workerData: data,
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4, stackSizeMb: 1 },
  });
  thread.unref();
  thread.on("error", (error) => {
    process.stderr.write(`taskwire: the watchdog of child ${process.pid} failed: ${error.message}\n`);
  });
}

/**
 * Ends this process and its group: the programs that handlers started, except those started in a group of their own.
 */
export function killOwnGroup(): void {
  try {
    process.kill(-process.pid, "SIGKILL");
  } catch {
    process.kill(process.pid, "SIGKILL");
  }
}

function watchedOf(data: unknown): Watched | undefined {
  if (typeof data !== "object" || data === null || !("taskwire" in data)) return undefined;
  const watched = data.taskwire;
  if (typeof watched !== "object" || watched === null || !("parent" in watched) || !("ledger" in watched))
    return undefined;
  const { parent, ledger } = watched;
  return typeof parent === "number" && ledger instanceof SharedArrayBuffer ? { parent, ledger } : undefined;
}

function watch({ parent, ledger: memory }: Watched): void {
  const ledger = new Ledger(memory);
  const control = openChildEnd(
    CONTROL_DESCRIPTOR,
    (message) => {
      if (!isTakeBack(message)) return;
      const taken = message.runs.filter((_, index) => ledger.takeBack(message.orders[index] ?? 0));
      const answer: TakenBack = { taken, begun: message.runs.filter((run) => !taken.includes(run)) };
      control.send(answer);
    },
    killOwnGroup,
  );
  setInterval(() => {
    if (process.ppid !== parent) killOwnGroup();
  }, INTERVAL_MS);
}

const watched = isMainThread ? undefined : watchedOf(workerData);
if (watched !== undefined) watch(watched);
