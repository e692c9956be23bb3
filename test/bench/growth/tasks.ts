import * as $ from "taskwire/generated";
import { environment } from "../tasks.js";

/** How many tasks the application has, for the worker processes. */
export const TASKS_VARIABLE = "TASKWIRE_BENCH_TASKS";

interface Numbered {
  /** The number of the activation. */
  readonly n: number;
  readonly data: Uint8Array;
}

const environments: $.Environments = { bench: environment };
const parameters = () => $.record<Numbered, Numbered>({ n: $.z.int(), data: $.bytes() });

export function taskName(number: number): string {
  return `bench.task${number}`;
}

/** The tasks of an application that has this many, in the form of generated code. */
export function tasksOf(count: number) {
  const made = Array.from({ length: count }, (_, number) => {
    const name = taskName(number);
    const task = $.task<Numbered, Numbered>({
      namespace: "bench",
      application: "bench",
      processingDeadline: 30_000,
      environments: () => environments,
      key: name,
      name,
      hash: name,
      parameters,
    });
    return [`task${number}`, task] as const;
  });
  return Object.fromEntries(made);
}

/** Parameters as they travel. */
export function encoded(n: number, data: Uint8Array): Uint8Array {
  return parameters().write(taskName(0), { n, data });
}
