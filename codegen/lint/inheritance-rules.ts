import type { Finding, LintedTask, LintInput, Rule } from "./rule.js";
import { entriesOf, entryOf, textOf, valueAt } from "./tree.js";

/** Whether a task inherits the key from the application's defaults. */
function inherits({ node, namespace, model }: LintedTask, key: string): boolean {
  if (namespace.defaults === undefined) return false;
  if (entryOf(node, key) !== undefined || entryOf(namespace.node, key) !== undefined) return false;
  return key !== "retry" || !model.atMostOnce;
}

const unusedDefault: Rule = {
  code: "unused_default",
  meaning: "Every task overrides a default or a `name_prefix`, so it has no effect.",
  find(input) {
    const { defaults, tasks } = input;
    if (tasks.length === 0) return [];
    const unused = entriesOf(defaults?.node).flatMap(({ key, keyPlace }): Finding[] =>
      tasks.some((task) => inherits(task, key))
        ? []
        : [{ place: keyPlace, path: `defaults.${key}`, text: "no task inherits it; remove it" }],
    );
    return [...unused, ...unusedPrefixes(input)];
  },
};

function unusedPrefixes({ namespaces, tasks }: LintInput): readonly Finding[] {
  return namespaces.flatMap((namespace) => {
    const entry = entryOf(namespace.node, "name_prefix");
    const own = tasks.filter((task) => task.namespace.name === namespace.name);
    if (entry === undefined || own.length === 0) return [];
    if (own.some(({ node }) => entryOf(node, "name") === undefined)) return [];
    const text = "every task has a name of its own; remove the prefix, or the names that begin with it";
    return [{ place: entry.keyPlace, path: `${namespace.path}.name_prefix`, text }];
  });
}

const prefixUnjoined: Rule = {
  code: "prefix_unjoined",
  meaning: "A `name_prefix` ends with a letter or digit, so it runs into the names of its tasks.",
  find: ({ namespaces }) =>
    namespaces.flatMap(({ node, path, model }) => {
      const prefix = valueAt(node, "name_prefix");
      const text = textOf(prefix);
      if (prefix === undefined || !/[A-Za-z0-9]$/.test(text)) return [];
      const task = model.tasks.find(({ name, key }) => name === `${text}${key}`)?.name ?? `${text}task`;
      return [
        {
          place: prefix.place,
          path: `${path}.name_prefix`,
          text: `makes names such as "${task}"; nothing is added between prefix and task: write "${text}."`,
        },
      ];
    }),
};

/** Rules about keys that several tasks inherit. */
export const INHERITANCE_RULES: readonly Rule[] = [unusedDefault, prefixUnjoined];
