import type { Labels } from "taskwire/model";
import type { NamespaceSpec } from "../../language/index.js";

type Labelled = Pick<NamespaceSpec, "labels">;

/** Labels of all of them together, in order of their names; the later win. Undefined: there are none. */
export function labelsOf(...specs: readonly Labelled[]): Labels | undefined {
  const all = specs.flatMap(({ labels }) => labels?.value ?? []);
  if (all.length === 0) return undefined;
  const byName = new Map(all.map(({ key, value }) => [key, value]));
  return Object.fromEntries([...byName].sort(([a], [b]) => (a < b ? -1 : 1)));
}
