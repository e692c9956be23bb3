import type { Model, NamespaceModel, TaskModel } from "taskwire/model";
import type { KeyPath, Report } from "./report.js";
import { compareFailures, compareNames, compareTask, TaskPairs, taskPath, withoutPolicy } from "./tasks.js";
import type { TypePair } from "./types.js";

export function compareNamespaces(before: Model, after: Model, types: TypePair, report: Report): void {
  const pairs = new TaskPairs(before, after);
  const none = withoutPolicy(before, after);
  compareFailures(before, after, report);
  const now = new Map(after.namespaces.map((namespace) => [namespace.name, namespace]));
  for (const was of before.namespaces) {
    const is = now.get(was.name);
    const path = ["namespaces", was.name];
    const gone = was.tasks.filter((task) => pairs.now(task) === undefined);
    if (is === undefined) {
      const alive = gone.filter(({ deprecated }) => deprecated === undefined && was.deprecated === undefined);
      report.add(
        alive.length === 0 ? "namespace_retired" : "namespace_removed",
        path,
        alive.length === 0
          ? "is gone"
          : `is gone with ${counted(alive.map(({ key }) => key))}${moved(was.name, alive, pairs)}`,
      );
    } else {
      compareKind(was, is, path, report);
      for (const task of gone) {
        const retired = task.deprecated !== undefined || was.deprecated !== undefined;
        const likely = retired ? [] : pairs.likely(was.name, task).map(({ shown }) => `"${shown}"`);
        const names = likely.slice(0, MOST_GUESSES).join(" or ");
        const hint = likely.length === 0 ? "" : `; if ${names} is its new name, give that formerly: [${task.name}]`;
        report.add(
          retired ? "task_retired" : "task_removed",
          taskPath(was.name, task.key),
          `"${task.name}" is gone${hint}`,
        );
      }
    }
    for (const task of was.tasks) {
      const found = pairs.now(task);
      compareNames({ namespace: was, task }, pairs, report);
      if (found !== undefined) compareTask({ namespace: was, task }, found, none, types, report);
    }
  }
}

function compareKind(was: NamespaceModel, is: NamespaceModel, path: KeyPath, report: Report): void {
  const [before, after] = [was.external?.application, is.external?.application];
  const external = [...path, "external"];
  if (before === undefined && after !== undefined)
    report.add("namespace_made_external", external, `is now run by the application "${after}"`);
  else if (before !== undefined && after === undefined)
    report.add("namespace_made_own", path, `was run by the application "${before}"`);
  else if (before !== undefined && after !== undefined && before !== after)
    report.add("external_application_changed", external, `was run by "${before}", is run by "${after}"`);
  if (was.raw === undefined && is.raw !== undefined)
    report.add("namespace_made_raw", [...path, "raw"], "held activations, holds raw records");
  if (was.raw !== undefined && is.raw === undefined)
    report.add("namespace_no_longer_raw", path, "held raw records, holds activations");
}

/** New names that are offered for one that is gone. */
const MOST_GUESSES = 3;

/** Where the tasks of a namespace that is gone may be found now. */
function moved(namespace: string, tasks: readonly TaskModel[], pairs: TaskPairs): string {
  const places = new Set(tasks.flatMap((task) => pairs.likely(namespace, task).map((likely) => likely.namespace)));
  if (places.size === 0) return "";
  const names = [...places].slice(0, MOST_GUESSES).map((name) => `"${name}"`);
  return `; if ${names.join(" or ")} is its new name, give each of its tasks the old wire name in formerly`;
}

/** The first three by name. */
function counted(names: readonly string[]): string {
  return `${names.length} ${names.length === 1 ? "task" : "tasks"}: ${names.slice(0, 3).join(", ")}${names.length > 3 ? ", ..." : ""}`;
}
