import type { TaskRun } from "taskwire";

/** Says what a handler did, as one JSON line on stdout: the example's stand-in for the application's own tables. */
export function note(task: TaskRun, fields: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ task: task.name, activation: task.id, ...fields })}\n`);
}

/** Tells error tracking, here stderr, of an error that must not stop a task. */
export function reportError(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${JSON.stringify({ level: "error", message: "a handler reported an error", error: text })}\n`);
}
