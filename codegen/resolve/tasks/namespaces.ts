import type { NamespaceModel } from "taskwire/model";
import type { DefaultsSpec, Entry, NamespaceSpec } from "../../language/index.js";
import type { Place, Problems } from "../../problem/problem.js";
import { quoted } from "../../read/node.js";
import type { Sections } from "../../validate/sections.js";
import type { TypeResolver } from "../types/types.js";
import { checkEnvironmentName } from "./environment-names.js";
import { FactsHasher } from "./facts-hash.js";
import { labelsOf } from "./labels.js";
import { resolveRaw } from "./raw.js";
import type { RetryResolver } from "./retry.js";
import { resolveTask } from "./tasks.js";
import { WireNames } from "./wire-names.js";

/** Place of a task's own or inherited deadline, for later checks. */
interface DeadlinePlace {
  readonly place: Place;
  readonly path: string;
}

export interface ResolvedNamespaces {
  readonly namespaces: readonly NamespaceModel[];
  /** By `<namespace>.<task>`. */
  readonly deadlines: ReadonlyMap<string, DeadlinePlace>;
}

export function resolveNamespaces(
  sections: Sections,
  types: TypeResolver,
  retries: RetryResolver,
  problems: Problems,
): ResolvedNamespaces {
  const entries = [...sections.namespaces.values()];
  const facts = new FactsHasher(new Map(types.named().map((type) => [type.name, type])));
  const { present, former } = nameTasks(entries, sections.application?.value ?? "", problems);
  const context = { sections, types, retries, facts, problems };
  const common = retries.resolve(sections.defaults?.value.retry);
  const namespaces = entries.map((namespace): NamespaceModel => {
    const { key, value: spec } = namespace;
    const defaults = defaultsFor(namespace, sections);
    const inherited = spec.retry !== undefined || defaults === undefined ? retries.resolve(spec.retry) : common;
    const environments = resolveEnvironmentNames(spec, sections, problems);
    const owner = spec.owner?.value;
    const labels = labelsOf(spec);
    const tasks = tasksOf(namespace).map((task) => {
      const [name = "", formerly] = [present.get(task), former.get(task)];
      return resolveTask({ namespace, environments, defaults, task, name, formerly, inherited }, context);
    });
    const { description, deprecated, external } = spec;
    const application = external?.value.application?.value;
    const raw = resolveRaw(spec, tasks, problems);
    checkExternal(spec, sections, problems);
    return {
      name: key,
      ...(description === undefined ? {} : { description: description.value }),
      ...(deprecated === undefined ? {} : { deprecated: deprecated.value }),
      ...(application === undefined ? {} : { external: { application } }),
      ...(raw === undefined ? {} : { raw }),
      ...(environments === undefined ? {} : { environments }),
      ...(owner === undefined ? {} : { owner }),
      ...(labels === undefined ? {} : { labels }),
      tasks,
    };
  });
  return { namespaces, deadlines: deadlinesOf(entries, sections) };
}

/** Defaults that it inherits from the application; an external namespace inherits none. */
function defaultsFor({ value }: Entry<NamespaceSpec>, { defaults }: Sections): DefaultsSpec | undefined {
  return value.external === undefined ? defaults?.value : undefined;
}

/** Undefined: in all environments. */
function resolveEnvironmentNames(
  { environments }: NamespaceSpec,
  sections: Sections,
  problems: Problems,
): readonly string[] | undefined {
  if (environments === undefined) return undefined;
  for (const name of environments.value) checkEnvironmentName(name, sections, problems);
  return [...new Set(environments.value.map(({ value }) => value))];
}

type TaskEntry = NonNullable<NamespaceSpec["tasks"]>["value"][number];

function tasksOf({ value }: Entry<NamespaceSpec>): readonly TaskEntry[] {
  return value.tasks?.value ?? [];
}

function nameTasks(namespaces: readonly Entry<NamespaceSpec>[], own: string, problems: Problems) {
  const names = new WireNames(problems);
  const present = new Map<TaskEntry, string>();
  const former = new Map<TaskEntry, readonly string[]>();
  const all = namespaces.flatMap((namespace) =>
    tasksOf(namespace).map((task) => ({
      task,
      prefix: namespace.value.name_prefix?.value ?? `${namespace.key}.`,
      application: namespace.value.external?.value.application?.value ?? own,
    })),
  );
  for (const { application, prefix, task } of all) present.set(task, names.claim(application, prefix, task));
  for (const { application, prefix, task } of all) {
    const found = names.claimFormer(application, prefix, task, present.get(task) ?? "");
    if (found !== undefined) former.set(task, found);
  }
  return { present, former };
}

function deadlinesOf(
  namespaces: readonly Entry<NamespaceSpec>[],
  sections: Sections,
): ReadonlyMap<string, DeadlinePlace> {
  return new Map(
    namespaces.flatMap((namespace) =>
      tasksOf(namespace).map((task): [string, DeadlinePlace] => {
        const declared =
          task.value.processing_deadline ??
          namespace.value.processing_deadline ??
          defaultsFor(namespace, sections)?.processing_deadline;
        return [
          `${namespace.key}.${task.key}`,
          { place: declared?.place ?? task.keyPlace, path: declared?.path ?? task.path },
        ];
      }),
    ),
  );
}

function checkExternal({ external }: NamespaceSpec, sections: Sections, problems: Problems): void {
  const application = external?.value.application;
  if (application === undefined || application.value !== sections.application?.value) return;
  problems.add(application.place, {
    code: "bad_external",
    path: application.path,
    expected: "another application than this schema's",
    got: quoted(application.value),
    sentence: `${quoted(application.value)} is this schema's own application`,
    hint: "remove external",
  });
}
