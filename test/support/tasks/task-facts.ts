import type { TaskFacts } from "#runtime/activation/task.js";

/** What codegen knows of a task of a test. */
export function factsOf(facts: Partial<TaskFacts> = {}): TaskFacts {
  return {
    key: "things.quick",
    name: "things.quick",
    namespace: "things",
    application: "test",
    hash: "1",
    processingDeadline: 30_000,
    ...facts,
  };
}
