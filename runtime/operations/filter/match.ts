import type { ArgumentTerm, Comparison, Filter, FilterTerm, NumberKey, Pattern, TextKey } from "./filter.js";

/** What identifies the tasks that a filter selects. */
interface FilteredNames {
  readonly application: string;
  readonly namespace: string;
  readonly task: string;
  readonly topic: string;
}

/** What a filter compares. Text that an item does not have is "", and a number that it does not have is undefined. */
interface FilteredItem {
  readonly state?: string | undefined;
  readonly id?: string | undefined;
  readonly worker?: string | undefined;
  readonly end?: string | undefined;
  readonly reason?: string | undefined;
  readonly fingerprint?: string | undefined;
  readonly error?: string | undefined;
  /** When it was received, ended or became a dead letter, by the wall. */
  readonly at?: number | undefined;
  /** By the wall. */
  readonly due?: number | undefined;
  readonly attempts?: number | undefined;
}

/** A filter as functions. An item matches when `names`, `item` and every term of `args` match. */
export interface FilterMatch {
  readonly names: (names: FilteredNames) => boolean;
  readonly item: (item: FilteredItem) => boolean;
  readonly args: readonly ArgumentTerm[];
  /** Whether `names` excludes anything. */
  readonly hasNames: boolean;
  /** The states that are asked for; undefined: all. */
  readonly states: ReadonlySet<string> | undefined;
  /** The only ids that can match; undefined: others can. */
  readonly ids: readonly string[] | undefined;
}

/** `now`: the wall, from which ages and due times count. */
export function matchOf(filter: Filter, now: number): FilterMatch {
  const names = filter.flatMap((term) => (term.kind === "text" ? namesOf(term.key, term.values) : []));
  const items = filter.flatMap((term) => itemsOf(term, now));
  const textsOf = (key: TextKey) =>
    filter.flatMap((term) => (term.kind === "text" && term.key === key ? term.values : []));
  const states = textsOf("state");
  const ids = textsOf("id");
  return {
    names: (item) => names.every((matches) => matches(item)),
    item: (item) => items.every((matches) => matches(item)),
    args: filter.filter((term) => term.kind === "argument"),
    hasNames: names.length > 0,
    states: states.length === 0 ? undefined : new Set(states.map(({ text }) => text)),
    ids: ids.length === 0 || ids.some(({ prefix }) => prefix) ? undefined : ids.map(({ text }) => text),
  };
}

const NAMES = { app: "application", ns: "namespace", task: "task", topic: "topic" } as const;

function isName(key: TextKey): key is keyof typeof NAMES {
  return key in NAMES;
}

function namesOf(key: TextKey, values: readonly Pattern[]): ((names: FilteredNames) => boolean)[] {
  if (!isName(key)) return [];
  const field = NAMES[key];
  const matches = exactOrPrefix(values);
  return [(names) => matches(names[field])];
}

function itemsOf(term: FilterTerm, now: number): ((item: FilteredItem) => boolean)[] {
  if (term.kind === "argument") return [];
  if (term.kind === "number") return [numberOf(term.key, term.comparison, term.value, now)];
  const { key, values } = term;
  if (isName(key)) return [];
  if (key === "error") {
    const parts = values.map(({ text }) => text.toLowerCase());
    return [({ error = "" }) => parts.some((part) => error.toLowerCase().includes(part))];
  }
  if (key === "fp") return [({ fingerprint = "" }) => values.some(({ text }) => fingerprint.startsWith(text))];
  const matches = exactOrPrefix(values);
  return [(item) => matches(item[key] ?? "")];
}

function exactOrPrefix(values: readonly Pattern[]): (found: string) => boolean {
  const exact = new Set(values.flatMap(({ text, prefix }) => (prefix ? [] : [text])));
  const prefixes = values.flatMap(({ text, prefix }) => (prefix ? [text] : []));
  return (found) => exact.has(found) || prefixes.some((prefix) => found.startsWith(prefix));
}

function numberOf(key: NumberKey, comparison: Comparison, value: number, now: number): (item: FilteredItem) => boolean {
  const compare = COMPARISONS[comparison];
  switch (key) {
    case "age":
      return ({ at }) => at !== undefined && compare(now - at, value);
    case "due":
      return ({ due }) => due !== undefined && compare(due - now, value);
    case "attempts":
      return ({ attempts }) => attempts !== undefined && compare(attempts, value);
  }
}

const COMPARISONS: Readonly<Record<Comparison, (found: number, value: number) => boolean>> = {
  "=": (found, value) => found === value,
  "<": (found, value) => found < value,
  "<=": (found, value) => found <= value,
  ">": (found, value) => found > value,
  ">=": (found, value) => found >= value,
};
