import { type ChildProcess, type ForkOptions, fork } from "node:child_process";
import { codeOf, messageOf } from "../../base/errors.js";
import { resourceLimitOf } from "../../base/process/resource-limit.js";

/** A process that ends in whatever way takes its children along: none waits for its watchdog. */
const alive = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of alive) killGroup(child);
});

/**
 * Starts a process that leads a group of its own. Programs that it starts are in that group unless they ask for another
 * one; when it ends, in whatever way, they end with it. Throws when it cannot even be tried; an error that comes later is
 * the process's `error` event.
 */
export function startLeader(module: string, args: readonly string[], options: ForkOptions): ChildProcess {
  const child = fork(module, args, { ...options, detached: true });
  alive.add(child);
  child.once("exit", () => {
    killGroup(child);
    alive.delete(child);
  });
  child.once("error", () => {
    if (child.pid === undefined) alive.delete(child);
  });
  return child;
}

/** Ends a process and every program of its group, now. */
export function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    // Nothing of it is left.
    if (codeOf(error) !== "ESRCH") throw error;
  }
}

/** Why a process could not be started, with the limit that was reached. */
export function startProblem(error: unknown): string {
  const limit = resourceLimitOf(error);
  return `could not be started: ${messageOf(error)}${limit === undefined ? "" : ` (${limit})`}`;
}
