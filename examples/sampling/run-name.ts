import type { TaskRun } from "taskwire";

const HEADER = "recalibration-run";

/** The name of a recalibration: the same for all runs of the activation that started it, and of its children. */
export function runName({ id, headers }: Pick<TaskRun, "id" | "headers">): string {
  return headers.get(HEADER) ?? headers.get("taskwire-root") ?? id;
}

/** Headers that give children the name. */
export function withRunName(name: string): Record<string, string> {
  return { [HEADER]: name };
}
