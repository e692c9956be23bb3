import { nearest } from "../base/nearest.js";
import type { Model } from "../model/model.js";
import type { Observed } from "./diagnose/finding.js";
import { OperationError } from "./errors.js";

/**
 * The wire name of a task that is named by it, or as <namespace>.<task> of a schema. Throws OperationError `unknown_task` for a
 * name that neither a model nor a broker has.
 */
export function wireNameOf(name: string, models: readonly Model[], observed: readonly Observed[]): string {
  const byName = new Map<string, string>();
  for (const { status } of observed)
    for (const { task } of [...status.tasks, ...status.unclaimed, ...status.lastMinute]) byName.set(task, task);
  for (const namespace of models.flatMap(({ namespaces }) => namespaces))
    for (const task of namespace.tasks) {
      byName.set(task.name, task.name);
      byName.set(`${namespace.name}.${task.key}`, task.name);
    }
  const found = byName.get(name);
  if (found !== undefined) return found;
  const near = nearest(name, [...byName.keys()]);
  const schema = models.length === 0 ? "a schema, which is not at hand (--model FILE)" : "the schema";
  throw new OperationError(
    "bad_request",
    "unknown_task",
    `unknown task "${name.slice(0, 120)}": neither in flight nor in ${schema}${near === undefined ? "" : `; did you mean ${near}?`}`,
    { field: "task" },
  );
}
