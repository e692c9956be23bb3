import type { FoundRow } from "../inflight/persisted.js";
import { Breath } from "./breath.js";
import { lookUp } from "./find.js";
import type { Matcher } from "./matcher.js";
import { orderOf } from "./places.js";
import { foundRowOf, liveRowOf, type Sources } from "./sources.js";
import { storedRows } from "./stored-rows.js";

/** Most rows of a batch from memory. */
const BATCH_ROWS = 1000;

/** The states of rows that only the in-flight file may have. */
export const STORED_STATES = ["delayed", "parked"] as const;

/** Rows that match at the instant at which they are given. */
interface Batch {
  /** Where they are. A row of the file is there as of the last commit, and was not in memory. */
  readonly from: "memory" | "file";
  readonly rows: readonly FoundRow[];
  /** Rows that were compared with the filter until now. */
  readonly looked: number;
}

/**
 * Everything in flight that matches, some at a time, for bulk work: live rows, then those of the file, between other work of
 * the broker. What arrives or changes its state meanwhile may be left out; a row that leaves memory meanwhile may come twice.
 * Ends when the signal aborts.
 */
export async function* everyMatch(sources: Sources, matcher: Matcher, signal: AbortSignal): AsyncGenerator<Batch> {
  const { ids, states, hasNames } = matcher.match;
  if (ids !== undefined) {
    yield* byIds(sources, ids, matcher);
    return;
  }
  let looked = 0;
  const given = new Set<number>();
  for await (const batch of fromMemory(sources, matcher, signal)) {
    looked = batch.looked;
    for (const { seq } of batch.rows) given.add(seq);
    yield batch;
  }
  for (const state of STORED_STATES) {
    if (states !== undefined && !states.has(state)) continue;
    for await (const rows of storedRows(sources, state, orderOf(state, hasNames), matcher)) {
      if (signal.aborted) return;
      looked += rows.length;
      const matching = rows.filter((row) => matcher.matches(row, row));
      // What came into memory behind the walk was not met there.
      const loaded = matching.flatMap((row) => (given.has(row.seq) ? [] : (liveRowOf(sources, row) ?? [])));
      const stored = matching.filter((row) => liveRowOf(sources, row) === undefined);
      if (stored.length > 0) yield { from: "file", rows: stored, looked };
      const live = loaded.filter((row) => !row.settled && matcher.matches(row.facts, row));
      if (live.length > 0) yield { from: "memory", rows: live.map((row) => foundRowOf(sources, row)), looked };
    }
  }
}

/** Those in memory, as `everyMatch` gives them. */
export async function* fromMemory(sources: Sources, matcher: Matcher, signal: AbortSignal): AsyncGenerator<Batch> {
  const breath = new Breath();
  let rows: FoundRow[] = [];
  let looked = 0;
  // What is added meanwhile comes behind: the rows of now are the first.
  const count = sources.live.size;
  for (const row of sources.live) {
    if (looked >= count || signal.aborted) break;
    looked += 1;
    if (!row.settled && matcher.matches(row.facts, row)) rows.push(foundRowOf(sources, row));
    const over = breath.over(matcher.needsPayload ? 16 : 1);
    if (rows.length >= BATCH_ROWS || (over && rows.length > 0)) {
      yield { from: "memory", rows, looked };
      rows = [];
    }
    if (over) await breath.pause();
  }
  yield { from: "memory", rows, looked };
}

async function* byIds(sources: Sources, ids: readonly string[], matcher: Matcher): AsyncGenerator<Batch> {
  const { live, stored } = await lookUp(sources, ids, matcher.needsPayload);
  const matches = (row: FoundRow) => matcher.matches(row, row);
  const looked = live.length + stored.length;
  yield { from: "file", rows: stored.filter(matches), looked };
  const left = live.filter(({ settled }) => !settled).map((row) => foundRowOf(sources, row));
  yield { from: "memory", rows: left.filter(matches), looked };
}
