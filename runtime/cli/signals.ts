import type { Logger } from "../base/logger.js";

/** A terminal's Ctrl-C under `npm run` or `npx` arrives as two SIGINTs, from the terminal and from npm; milliseconds between them. */
const SAME_SIGNAL_MS = 300;
/** Under `pnpm exec` it arrives as SIGINT from the terminal and as SIGTERM from pnpm; milliseconds between them. */
const OTHER_SIGNAL_MS = 1000;
/** A start that is about to be over when a signal comes has this long to finish, so that it is stopped in order, milliseconds. */
const START_GRACE_MS = 1000;

interface Signalled {
  readonly signal: NodeJS.Signals;
  /** Milliseconds, of any clock. */
  readonly at: number;
}

/** Whether a later signal is the same press of Ctrl-C as the first one, handed on by a package manager. Exported for tests. */
export function isSamePress(first: Signalled, later: Signalled): boolean {
  const passed = later.at - first.at;
  if (later.signal !== first.signal) return passed < OTHER_SIGNAL_MS;
  return first.signal === "SIGINT" && passed < SAME_SIGNAL_MS;
}

/**
 * Resolves at the first SIGINT or SIGTERM; a second one that is no echo of the first ends the process at once with exit
 * code 1, and its children with it.
 */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let first: Signalled | undefined;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        const now = { signal, at: performance.now() };
        if (first === undefined) {
          first = now;
          resolve(signal);
          return;
        }
        if (isSamePress(first, now)) return;
        const meaning = "running tasks will be redelivered, at-most-once ones end as worker_lost";
        process.stderr.write(`taskwire: ${signal} while stopping: exiting immediately; ${meaning}\n`);
        process.exit(1);
      });
    }
  });
}

/**
 * The result of a start. If a stop signal comes first and the start does not end within a second, the process exits with 0:
 * it has no work yet. `name`: the starting part.
 */
export async function startUnlessStopped<T>(
  name: string,
  stopped: Promise<NodeJS.Signals>,
  log: Logger,
  starting: Promise<T>,
): Promise<T> {
  const over = starting.then((started) => ({ started }));
  const late = stopped.then(async (signal) => {
    await new Promise((resolve) => setTimeout(resolve, START_GRACE_MS));
    return { signal };
  });
  const first = await Promise.race([over, late]);
  if ("started" in first) return first.started;
  log.info(`${name} is stopping before it is ready`, { signal: first.signal });
  process.exit(0);
}

/**
 * For a command that waits for others: at SIGINT or SIGTERM it writes `meaning` to stderr and exits with the code of the
 * signal (130, 143). Returns a function that ends this.
 */
export function whenInterrupted(meaning: string): () => void {
  const end = (signal: NodeJS.Signals): void => {
    process.stderr.write(`taskwire: ${signal}: ${meaning}\n`);
    process.exit(signal === "SIGINT" ? 130 : 143);
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  return () => {
    process.off("SIGINT", end);
    process.off("SIGTERM", end);
  };
}
