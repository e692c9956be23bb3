import { type ChildProcess, type ForkOptions, fork } from "node:child_process";
import { codeOf, messageOf } from "../../base/errors.js";
import { resourceLimitOf } from "../../base/process/resource-limit.js";

/** However this process ends, its children end with it, without waiting for their watchdogs. */
const alive = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of alive) killGroup(child);
});

/**
 * Starts a process that leads its own group. Programs that it starts are in that group unless they ask for another one;
 * however it ends, they end with it. Throws if the process cannot be started; a later error is its `error` event.
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
    // No process of the group is left.
    if (codeOf(error) !== "ESRCH") throw error;
  }
}

/** Why a process could not be started, with the limit that was reached, if any. */
export function startProblem(error: unknown): string {
  const limit = resourceLimitOf(error);
  return `could not be started: ${messageOf(error)}${limit === undefined ? "" : ` (${limit})`}`;
}
