import { askRetry, type TaskRun } from "#runtime/activation/run.js";
import { silentLogger } from "#runtime/base/logger.js";

/** What a handler gets, without a worker. */
export function taskRun(facts: Partial<TaskRun> = {}): TaskRun {
  const run: TaskRun = {
    id: "a1",
    root: facts.id ?? "a1",
    name: "things.quick",
    namespace: "things",
    attempt: 1,
    lost: 0,
    retriesRemaining: 0,
    deadline: new Date(Date.now() + 60_000),
    signal: new AbortController().signal,
    headers: new Map(),
    log: silentLogger,
    retry: (request) => askRetry(run, request),
    ...facts,
  };
  return run;
}
