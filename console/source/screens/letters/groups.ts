import type { LetterGroup } from "../../../../runtime/operations/documents/letter.js";
import type { Filter } from "../../../../runtime/operations/filter/filter.js";

type Group = Pick<LetterGroup, "fingerprint" | "task" | "reason">;

/** The filter narrowed to a group. */
export function withGroup(filter: Filter, { fingerprint, task, reason }: Group): Filter {
  const values = (text: string) => [{ text, prefix: false }];
  return [
    ...withoutGroup(filter),
    ...(task === "" ? [] : [{ kind: "text", key: "task", values: values(task) } as const]),
    ...(reason === "" ? [] : [{ kind: "text", key: "reason", values: values(reason) } as const]),
    ...(fingerprint === "" ? [] : [{ kind: "text", key: "fp", values: values(fingerprint) } as const]),
  ];
}

/** The filter without what narrows it to a group. */
export function withoutGroup(filter: Filter): Filter {
  return filter.filter((term) => !(term.kind === "text" && ["task", "reason", "fp"].includes(term.key)));
}

/** Whether the filter selects exactly this group. */
export function isChosen(filter: Filter, { fingerprint, task, reason }: Group): boolean {
  const only = (key: string) => {
    const values = filter.flatMap((term) => (term.kind === "text" && term.key === key ? term.values : []));
    return values.length === 1 && values[0]?.prefix === false ? values[0].text : "";
  };
  return only("fp") === fingerprint && only("task") === task && only("reason") === reason;
}
