import type { Filter } from "../../../../runtime/operations/filter/filter.js";
import type { Status } from "../../../../runtime/operations/status/document.js";

/** States in the order of the list, and how the tab of each is called. */
export const STATE_TABS = [
  { state: "processing", label: "Processing", nothing: "No run is under way." },
  { state: "pending", label: "Pending", nothing: "Nothing waits for a worker." },
  { state: "retry", label: "Retry", nothing: "No retry is being published." },
  { state: "failure", label: "Failure", nothing: "No dead letter is being published." },
  { state: "delayed", label: "Delayed", nothing: "Nothing is delayed." },
  {
    state: "parked",
    label: "Parked",
    nothing: "Nothing is parked: every waiting task has a worker, and none is paused.",
  },
] as const;

type TabState = (typeof STATE_TABS)[number]["state"];

/** A tab: one state, all that is in flight, or what has ended. */
type Tab = TabState | "all" | "ended";

/** Not `exact`: at least this many. */
export interface Count {
  readonly count: number;
  readonly exact: boolean;
}

/** The tab of a filter of activations: its only state, or all. */
export function tabOf(filter: Filter): Tab {
  const states = filter.flatMap((term) => (term.kind === "text" && term.key === "state" ? term.values : []));
  const [only] = states;
  const tab = states.length === 1 ? STATE_TABS.find(({ state }) => state === only?.text) : undefined;
  return tab?.state ?? "all";
}

/** The filter of another tab: the same terms, and its state. */
export function withState(filter: Filter, tab: Exclude<Tab, "ended">): Filter {
  const rest = filter.filter((term) => !(term.kind === "text" && term.key === "state"));
  return tab === "all" ? rest : [{ kind: "text", key: "state", values: [{ text: tab, prefix: false }] }, ...rest];
}

const NAMES = { app: "application", ns: "namespace", task: "task" } as const;

/**
 * How many activations each state has, from the status of the brokers; undefined: the filter narrows by something that the
 * status does not count. Counted by task, they are exact unless a broker left tasks out.
 */
export function countsOf(
  statuses: readonly Pick<Status, "counts" | "tasks" | "tasksLeftOut">[],
  filter: Filter,
  partial: boolean,
): Readonly<Record<TabState, Count>> | undefined {
  const rest = withState(filter, "all");
  if (rest.length === 0) return counted((state) => sum(statuses, ({ counts }) => counts[state]), !partial);
  const terms = rest.flatMap((term) =>
    term.kind === "text" && isName(term.key) ? [{ field: NAMES[term.key], values: term.values }] : [],
  );
  if (terms.length < rest.length) return undefined;
  const tasks = statuses
    .flatMap((status) => status.tasks)
    .filter((task) =>
      terms.every(({ field, values }) =>
        values.some(({ text, prefix }) => (prefix ? task[field].startsWith(text) : task[field] === text)),
      ),
    );
  const exact = !partial && statuses.every(({ tasksLeftOut }) => tasksLeftOut === 0);
  return counted((state) => sum(tasks, (task) => task[state]), exact);
}

function counted(count: (state: TabState) => number, exact: boolean): Record<TabState, Count> {
  const of = (state: TabState): Count => ({ count: count(state), exact });
  return {
    processing: of("processing"),
    pending: of("pending"),
    retry: of("retry"),
    failure: of("failure"),
    delayed: of("delayed"),
    parked: of("parked"),
  };
}

function isName(key: string): key is keyof typeof NAMES {
  return key in NAMES;
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
