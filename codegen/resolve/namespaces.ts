import type { NamespaceModel } from "taskwire/model";
import type { Entry, NamespaceSpec } from "../language/index.js";
import type { Place, Problems } from "../problem.js";
import { quoted } from "../read/node.js";
import { FactsHasher } from "./facts-hash.js";
import { resolveRaw } from "./raw.js";
import type { RetryResolver } from "./retry.js";
import type { Sections } from "./sections.js";
import { resolveTask } from "./tasks.js";
import type { TypeResolver } from "./types.js";
import { WireNames } from "./wire-names.js";

/** Where a task says, or has from its namespace, how long it may take: for problems found later. */
export interface DeadlinePlace {
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
  const namespaces = entries.map((namespace): NamespaceModel => {
    const { key, value: spec } = namespace;
    const inherited = retries.resolve(spec.retry);
    const tasks = tasksOf(namespace).map((task) =>
      resolveTask({ namespace, task, name: present.get(task) ?? "", formerly: former.get(task), inherited }, context),
    );
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
      tasks,
    };
  });
  return { namespaces, deadlines: deadlinesOf(entries) };
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
      namespace: namespace.key,
      application: namespace.value.external?.value.application?.value ?? own,
    })),
  );
  for (const { application, namespace, task } of all) present.set(task, names.claim(application, namespace, task));
  for (const { application, namespace, task } of all) {
    const found = names.claimFormer(application, namespace, task, present.get(task) ?? "");
    if (found !== undefined) former.set(task, found);
  }
  return { present, former };
}

function deadlinesOf(namespaces: readonly Entry<NamespaceSpec>[]): ReadonlyMap<string, DeadlinePlace> {
  return new Map(
    namespaces.flatMap((namespace) =>
      tasksOf(namespace).map((task): [string, DeadlinePlace] => {
        const said = task.value.processing_deadline ?? namespace.value.processing_deadline;
        return [`${namespace.key}.${task.key}`, { place: said?.place ?? task.keyPlace, path: said?.path ?? task.path }];
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
    wayOut: "remove external",
  });
}
