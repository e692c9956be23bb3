import type { TaskRun } from "../../activation/run.js";
import type { LogFields, Logger } from "../../base/logger.js";

/** The log of one run: its names are in every line, and fields of the handler do not replace them. */
export function runLogger(sink: Logger, { id, name: task, attempt }: TaskRun): Logger {
  const line =
    (level: keyof Logger) =>
    (message: string, fields: LogFields = {}): void =>
      sink[level](message, { ...fields, id, task, attempt });
  return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
}
