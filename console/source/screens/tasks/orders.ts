import { failingShare, inFlight, shownName, type TaskFacts } from "./task-facts.ts";

export const ORDERS = {
  name: "Name",
  busy: "Most done",
  waiting: "Most waiting",
  oldest: "Oldest waiting",
  failing: "Most failing",
} as const;

export type Order = keyof typeof ORDERS;

export function orderOf(text: string | null): Order {
  return text !== null && Object.hasOwn(ORDERS, text) ? (text as Order) : "name";
}

const WEIGHTS: Readonly<Record<Exclude<Order, "name">, (task: TaskFacts) => readonly number[]>> = {
  busy: ({ done, failed }) => [done + failed],
  waiting: ({ counts }) => [counts.pending + counts.parked],
  oldest: ({ oldestPending, unclaimed }) => [Math.max(oldestPending ?? 0, unclaimed?.oldest ?? 0)],
  failing: (task) => [task.failed, failingShare(task) ?? 0],
};

/** In this order, and by name where that says nothing. */
export function ordered(facts: readonly TaskFacts[], order: Order): TaskFacts[] {
  if (order === "name") return [...facts];
  const weigh = WEIGHTS[order];
  return facts
    .map((task) => ({ task, weights: weigh(task) }))
    .sort((one, other) => {
      const at = one.weights.findIndex((weight, index) => weight !== other.weights[index]);
      return at < 0 ? 0 : (other.weights[at] ?? 0) - (one.weights[at] ?? 0);
    })
    .map(({ task }) => task);
}

/** The rows in the order that they had, with the present numbers; those that are new are at the end. */
export function inPlace<Row>(keys: readonly string[], rows: readonly Row[], keyOf: (row: Row) => string): Row[] {
  const byKey = new Map(rows.map((row) => [keyOf(row), row]));
  const known = keys.flatMap((key) => byKey.get(key) ?? []);
  const before = new Set(keys);
  return [...known, ...rows.filter((row) => !before.has(keyOf(row)))];
}

export const SHOWN = {
  all: "All",
  active: "In flight",
  failing: "Failing",
  held: "Held",
  unknown: "Not in the schema",
} as const;

export type Shown = keyof typeof SHOWN;

export function shownOf(text: string | null): Shown {
  return text !== null && Object.hasOwn(SHOWN, text) ? (text as Shown) : "all";
}

export function isShown(task: TaskFacts, shown: Shown): boolean {
  switch (shown) {
    case "all":
      return true;
    case "active":
      return inFlight(task) > 0;
    case "failing":
      return task.failed > 0;
    case "held":
      return task.controls.length > 0 || task.droppedByFile || task.unclaimed !== null;
    case "unknown":
      return task.known === null;
  }
}

/** Whether a part of its names, its owner or its description has the text. */
export function matches({ task, namespace, application, owner, known }: TaskFacts, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  const all = [task, shownName({ task, known }), namespace, application, owner ?? "", known?.description ?? ""];
  return wanted === "" || all.some((each) => each.toLowerCase().includes(wanted));
}
