import { AsyncLocalStorage } from "node:async_hooks";
import { shared } from "../base/shared.js";
import type { TaskRun } from "./run.js";
import type { RunScope } from "./run-scope.js";

const runs = shared("runs", () => new AsyncLocalStorage<RunScope>());

export function withinRun<T>(scope: RunScope, run: () => T): T {
  return runs.run(scope, run);
}

/** The run this code is called from, undefined outside of handlers. */
export function currentRun(): RunScope | undefined {
  return runs.getStore();
}

/** The run this code is called from, however deep in calls and promises; undefined outside of handlers. */
export function currentTask(): TaskRun | undefined {
  return runs.getStore()?.task;
}
