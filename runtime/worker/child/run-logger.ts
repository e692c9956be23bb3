import type { TaskRun } from "../../activation/run.js";
import type { LogFields, Logger } from "../../base/logger.js";

/** The names of a run in a log line; `root` only if the run is a retry, `lost` only if it was lost before. */
export function namesOfRun({ id, root, name: task, attempt, lost }: Named): RunNames {
  return { id, ...(root === id ? {} : { root }), task, attempt, ...(lost === 0 ? {} : { lost }) };
}

type Named = Pick<TaskRun, "id" | "root" | "name" | "attempt" | "lost">;

export type RunNames = {
  readonly id: string;
  readonly root?: string;
  readonly task: string;
  readonly attempt: number;
  readonly lost?: number;
};

/** The logger of one run: its names are in every line, and the handler's fields cannot replace them. */
export function runLogger(sink: Logger, run: TaskRun): Logger {
  const names = namesOfRun(run);
  const line =
    (level: keyof Logger) =>
    (message: string, fields: LogFields = {}): void =>
      sink[level](message, { ...fields, ...names });
  return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
}
