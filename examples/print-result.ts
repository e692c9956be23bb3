import type { TaskRun } from "taskwire";

/** Prints what a handler did as a JSON line on stdout, in place of a table of the application. */
export function printResult(task: TaskRun, fields: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ task: task.name, activation: task.id, ...fields })}\n`);
}

/** Reports an error that must not stop a task to error tracking, here stderr. */
export function reportError(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${JSON.stringify({ level: "error", message: "a handler reported an error", error: text })}\n`);
}
