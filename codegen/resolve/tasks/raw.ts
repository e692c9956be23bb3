import type { NamespaceModel, TaskModel } from "taskwire/model";
import type { Entry, NamespaceSpec } from "../../language/index.js";
import type { Problems } from "../../problem/problem.js";
import { didYouMean } from "../../problem/suggest.js";
import { quoted } from "../../read/node.js";

/** Namespaces named in a message. */
const SHOWN = 3;

/** The task of a raw namespace, which must be its only one and take exactly one `bytes` parameter. */
export function resolveRaw(
  { raw, tasks: declared }: NamespaceSpec,
  tasks: readonly TaskModel[],
  problems: Problems,
): NamespaceModel["raw"] {
  const named = raw?.value.task;
  if (raw === undefined || named === undefined || declared === undefined) return undefined;
  for (const other of declared.value) {
    if (other.key === named.value) continue;
    problems.add(other.keyPlace, {
      code: "bad_raw",
      path: other.path,
      expected: `no task but ${quoted(named.value)} in a raw namespace`,
      got: quoted(other.key),
      sentence: `a raw namespace has one task, here ${quoted(named.value)}`,
      hint: `move ${quoted(other.key)} to another namespace`,
    });
  }
  const task = tasks.find(({ key }) => key === named.value);
  const entry = declared.value.find(({ key }) => key === named.value);
  if (task === undefined || entry === undefined) {
    const known = tasks.map(({ key }) => key);
    const hint = didYouMean(named.value, known, "known tasks");
    const got = quoted(named.value);
    problems.add(named.place, {
      code: "unknown_name",
      path: named.path,
      expected: "a task of the namespace",
      got,
      sentence: `unknown task ${got}`,
      hint,
    });
    return undefined;
  }
  const parameters = entry.value.parameters;
  // One that was refused is a problem already.
  if ((parameters?.value.length ?? 0) !== task.parameters.length) return undefined;
  const [parameter, ...more] = task.parameters;
  const plain =
    parameter?.type.kind === "bytes" && !parameter.optional && !parameter.nullable && parameter.default === undefined;
  if (!plain || more.length > 0) {
    problems.add(parameters?.place ?? entry.keyPlace, {
      code: "bad_raw",
      path: parameters?.path ?? entry.path,
      expected: "exactly one parameter of type bytes for the task of a raw namespace",
      got: describeParameters(task),
      hint: "write `parameters: { record: bytes }`",
    });
  }
  return { task: task.name };
}

function describeParameters({ parameters }: TaskModel): string {
  if (parameters.length === 0) return "none";
  const texts = parameters.map(({ name, type, optional, nullable }) => {
    const kind = type.kind === "named" ? type.name : type.kind;
    return `${name}: ${kind}${optional ? " that may be left out" : ""}${nullable ? " that may be null" : ""}`;
  });
  return texts.length > 3 ? `${texts.length} parameters` : texts.join(", ");
}

/** Topic to the raw namespace that owns it. One that other namespaces are routed to as well is reported. */
export function resolveRawTopics(
  namespaces: readonly NamespaceModel[],
  routes: readonly Entry<string>[],
  problems: Problems,
): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  const routeOf = (name: string) => routes.find(({ key }) => key === name) ?? routes.find(({ key }) => key === "*");
  for (const { name, raw } of namespaces) {
    const route = raw === undefined ? undefined : routeOf(name);
    if (route === undefined) continue;
    const others = namespaces.filter((other) => other.name !== name && routeOf(other.name)?.value === route.value);
    if (others.length > 0) {
      const shown = others.slice(0, SHOWN).map((other) => other.name);
      problems.add(route.place, {
        code: "bad_raw",
        path: route.path,
        expected: `a topic of its own for the raw namespace ${quoted(name)}`,
        got: `${quoted(route.value)}, which ${shown.join(", ")}${others.length > SHOWN ? ", ..." : ""} use, too`,
        hint: `route ${quoted(name)} to a topic that no other namespace uses`,
      });
    }
    owners.set(route.value, name);
  }
  return owners;
}
