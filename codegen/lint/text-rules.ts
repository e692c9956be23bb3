import type { Node } from "../read/node.js";
import type { Finding, LintInput, Rule } from "./rule.js";
import { entriesOf, entryOf, itemsOf, textOf } from "./tree.js";

const DESCRIBING = new Set(["description", "deprecated"]);

const missingDescription: Rule = {
  code: "missing_description",
  strictOnly: true,
  meaning: "A namespace or a task has no description.",
  find: ({ namespaces, tasks }) =>
    [...namespaces, ...tasks]
      .filter(({ model }) => (model.description ?? "").trim() === "")
      .map(({ place, path }) => ({
        place,
        path,
        text: "has no description; write a sentence about its purpose: it becomes the comment at every call",
      })),
};

/** In YAML, " #" starts a comment in an unquoted string: `Closes issue #12` is "Closes issue". */
const descriptionCut: Rule = {
  code: "description_cut",
  meaning: "A comment cuts off an unquoted description.",
  find(input) {
    const findings: Finding[] = [];
    for (const { root } of input.files) {
      eachEntry(root, (key, value, path) => {
        if (DESCRIBING.has(key) && value.kind === "scalar") findings.push(...cut(value, path, input));
      });
    }
    return findings;
  },
};

function cut(node: Extract<Node, { kind: "scalar" }>, path: string, { lines }: LintInput): readonly Finding[] {
  const { file, line, column } = node.place;
  const all = lines.get(file) ?? [];
  const first = all[line - 1]?.slice(column - 1) ?? "";
  if (/^["'|>&*!]/.test(first)) return [];
  // An unquoted string may continue on further lines; a comment ends it.
  const last = node.source.split("\n").at(-1)?.trim() ?? "";
  for (let at = line - 1; at < all.length && at < line + node.source.split("\n").length + 1; at++) {
    const rest = at === line - 1 ? first : (all[at] ?? "").trimStart();
    const comment = /^[ \t]+#(?<text>.*)$/.exec(rest.startsWith(last) ? rest.slice(last.length) : "");
    if (comment?.groups === undefined) continue;
    if (comment.groups.text?.trim().startsWith("taskwire-lint:") === true) return [];
    const kept = textOf(node).slice(-40);
    return [
      {
        place: node.place,
        path,
        text: `ends at "${kept}", because " #" starts a comment; quote the description, or move the comment to its own line`,
      },
    ];
  }
  return [];
}

function eachEntry(node: Node, visit: (key: string, value: Node, path: string) => void, path = ""): void {
  for (const { key, value } of entriesOf(node)) {
    const at = path === "" ? key : `${path}.${key}`;
    visit(key, value, at);
    eachEntry(value, visit, at);
  }
  itemsOf(node).forEach((item, index) => {
    eachEntry(item, visit, `${path}[${index}]`);
  });
}

const emptyNamespace: Rule = {
  code: "empty_namespace",
  meaning: "A namespace has no tasks.",
  find: ({ namespaces }) =>
    namespaces
      .filter(({ model }) => model.tasks.length === 0)
      .map(({ place, path }) => ({ place, path, text: "has no tasks; declare one, or remove the namespace" })),
};

const deprecatedUnused: Rule = {
  code: "deprecated_scheduled",
  meaning: "A schedule still starts a deprecated task.",
  find: ({ tasks }) =>
    tasks
      .filter(
        ({ model }) =>
          model.deprecated !== undefined && model.schedule !== undefined && model.schedule.enabled !== false,
      )
      .map(({ node, place, path }) => ({
        place: entryOf(node, "schedule")?.keyPlace ?? place,
        path: `${path}.schedule`,
        text: "starts a deprecated task; move the schedule to the task that replaces it",
      })),
};

export const TEXT_RULES: readonly Rule[] = [missingDescription, descriptionCut, emptyNamespace, deprecatedUnused];
