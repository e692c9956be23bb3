import type { State } from "../../activation/states.js";
import type { Concerned, DropForecast, PauseKind } from "../../operations/documents/controls.js";
import type { Snapshot } from "../inflight/counts/snapshot.js";
import type { Tally } from "../inflight/counts/tally.js";
import type { Inflight } from "../inflight/inflight.js";
import type { ReceivedCursor, StoredKind } from "../inflight/persisted.js";
import type { JournalPort } from "../journal/journal.js";
import type { DropRules } from "../runtime-config/drop-rules.js";

/** A forecast looks at this many activations at most, for this long. */
const MOST_LOOKED_AT = 100_000;
const LONGEST_MS = 2000;
/** Activations in memory that are looked at in one turn. */
const SLICE = 1000;
const PAGE = 1000;

const WAITING: ReadonlySet<State> = new Set<State>(["pending", "delayed", "parked"]);

type Counted = Omit<Concerned, "tasks">;

const NONE: Counted = { pending: 0, delayed: 0, processing: 0, retry: 0, failure: 0, parked: 0 };

/** The activations that a pause concerns. */
export function concernedBy(kind: PauseKind, subject: string, snapshot: Snapshot): Concerned {
  if (kind === "topic") {
    const load = [...snapshot.topics].find(([topic]) => topic === subject)?.[1];
    // Pending ones of a topic include those that wait to be published.
    return { ...NONE, ...(load && pick(load)), tasks: null };
  }
  const tallies = [...snapshot.tallies].filter((tally) => concerns(kind, subject, tally) && !tally.empty);
  const sum = tallies.map(pickAll).reduce(add, NONE);
  return { ...sum, tasks: tallies.length };
}

/** Namespaces in which the task has activations. */
export function namespacesOf(task: string, snapshot: Snapshot): ReadonlySet<string> {
  return new Set([...snapshot.tallies].filter((tally) => tally.task === task).map(({ namespace }) => namespace));
}

function concerns(kind: PauseKind, subject: string, { namespace, task }: Tally): boolean {
  return kind === "pool" || (kind === "namespace" ? namespace === subject : task === subject);
}

function pick({
  pending,
  processing,
  delayed,
  parked,
}: Pick<Counted, "pending" | "processing" | "delayed" | "parked">) {
  return { pending, processing, delayed, parked };
}

function pickAll({ pending, delayed, processing, retry, failure, parked }: Tally): Counted {
  return { pending, delayed, processing, retry, failure, parked };
}

function add(one: Counted, other: Counted): Counted {
  return {
    pending: one.pending + other.pending,
    delayed: one.delayed + other.delayed,
    processing: one.processing + other.processing,
    retry: one.retry + other.retry,
    failure: one.failure + other.failure,
    parked: one.parked + other.parked,
  };
}

/**
 * Counts the waiting activations of a task that rules drop. Those in memory are looked at first, then rows of the journal,
 * which are dropped when they come back.
 */
export async function forecast(
  task: string,
  rules: DropRules,
  {
    inflight,
    journal,
    now,
    signal,
  }: {
    readonly inflight: Inflight;
    readonly journal: Pick<JournalPort, "page">;
    readonly now: () => number;
    readonly signal: AbortSignal;
  },
): Promise<DropForecast> {
  const tallies = [...inflight.snapshot.tallies].filter((tally) => tally.task === task);
  const of = tallies.reduce((sum, { pending, delayed, parked }) => sum + pending + delayed + parked, 0);
  const whole = rules.rules.some(({ rule }) => rule.kind === "task");
  const end = now() + LONGEST_MS;
  let atOnce = 0;
  let matched = 0;
  // The journal has rows of some of them, too.
  const live = new Set<number>();
  let walked = 0;
  // Those that come in meanwhile come last, and could keep it going.
  const { size } = inflight.live;
  for (const { facts, state, settled, transient } of inflight.live) {
    walked += 1;
    if (walked > size) break;
    if (walked % SLICE === 0) await new Promise(setImmediate);
    if (facts.task !== task || settled || !WAITING.has(state)) continue;
    live.add(facts.seq);
    if (!rules.drops(facts)) continue;
    matched += 1;
    // Those that are about to leave memory are dropped when they come back.
    if (!transient) atOnce += 1;
  }
  // A rule for the whole task needs no look at the rows.
  if (whole) return { matched: of, atOnce, lookedAt: of, of };
  let lookedAt = live.size;
  const stored =
    lookedAt >= of
      ? []
      : kindsOf(
          tallies,
          [...inflight.snapshot.topics].map(([topic]) => topic),
        );
  for (const kind of stored) {
    let after: ReceivedCursor | undefined = { receivedAt: -1, seq: -1 };
    while (after !== undefined) {
      if (signal.aborted || lookedAt >= MOST_LOOKED_AT || now() >= end) return { matched, atOnce, lookedAt, of };
      const turn = await journal.page({ order: "received", kinds: [kind], after, limit: PAGE, payload: true });
      for (const row of turn.rows) {
        if (live.has(row.seq)) continue;
        lookedAt += 1;
        if (rules.drops(row)) matched += 1;
      }
      after = turn.next;
    }
  }
  return { matched, atOnce, lookedAt, of };
}

function kindsOf(tallies: readonly Tally[], topics: readonly string[]): StoredKind[] {
  const states = ["delayed", "parked"] as const;
  return tallies.flatMap(({ application, namespace, task, ...counts }) =>
    states
      .filter((state) => counts[state] > 0)
      .flatMap((state) => topics.map((topic) => ({ state, topic, application, namespace, task }))),
  );
}
