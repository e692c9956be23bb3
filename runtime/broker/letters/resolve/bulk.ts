import type { Clock } from "../../../base/clock.js";
import { TaskwireError } from "../../../base/errors.js";
import { grouped } from "../../../base/grouped.js";
import type { ArgumentMatcher } from "../../../operations/filter/arguments.js";
import type { Filter } from "../../../operations/filter/filter.js";
import type { JobHandle } from "../../jobs/job.js";
import { pause } from "../../jobs/pause.js";
import type { Feeder } from "../feeder.js";
import type { OpenLetters } from "../letters.js";
import { matchingLetters } from "../matching.js";
import type { Letter } from "../records/letter.js";
import { Returns } from "./returns.js";
import type { Outcome } from "./verdict.js";

/** Letters and bytes of one slice without a rate; at least one letter. Each slice waits for the log and the index some times. */
const SLICE = 1024;
const SLICE_BYTES = 8 * 1024 * 1024;
/** With a rate, letters are resolved this often. */
const TICK_MS = 100;

/** Half of a hundred replays are back as dead letters. */
class ReplaysReturnError extends TaskwireError {
  constructor() {
    super(
      "replays_return",
      "stopped: 50 of 100 replays in a row are back as dead letters; fix what they fail of, then start it again",
    );
  }
}

/** What a job does with letters by a filter. */
interface Bulk {
  readonly filter: Filter;
  /** The terms of the filter that compare parameters. */
  readonly args: ArgumentMatcher;
  /** Letters per second; 0: as fast as the log takes them. */
  readonly rate: number;
  readonly clock: Clock;
  /** Resolves letters of one topic. */
  readonly act: (feeder: Feeder, letters: readonly Letter[]) => Promise<readonly Outcome[]>;
}

/** Resolves all letters that match and were there at the call, oldest first. Rejects with ReplaysReturnError. */
export async function resolveAll(open: OpenLetters, job: JobHandle, bulk: Bulk): Promise<void> {
  const { feeders } = open;
  await Promise.all(feeders.map((feeder) => feeder.pass()));
  const ends = endsOf(feeders);
  const returns = new Returns();
  const unfollow = feeders.map((feeder) => feeder.follow((roots) => returns.came(roots)));
  try {
    for await (const slice of slices(open, bulk, ends, job.signal)) {
      const began = bulk.clock.now();
      job.matched(slice.length);
      for (const [topic, letters] of grouped(slice, (letter) => letter.topic)) {
        const feeder = feeders.find(({ source }) => source.name === topic);
        const outcomes = feeder === undefined ? [] : await bulk.act(feeder, letters);
        if (feeder === undefined) job.leftOut("unknown", letters.length);
        report(job, returns, outcomes);
      }
      if (returns.tripped) throw new ReplaysReturnError();
      if (bulk.rate > 0) await pause(bulk.clock, began + (slice.length / bulk.rate) * 1000, job.signal);
      if (job.signal.aborted) break;
    }
    // The markers of the last slice.
    await Promise.all(feeders.map((feeder) => feeder.pass()));
  } finally {
    for (const end of unfollow) end();
  }
}

/** Where each partition ends at the moment: what is appended later does not belong to a job that starts now. */
function endsOf(feeders: readonly Feeder[]): ReadonlyMap<string, number> {
  return new Map(
    feeders.flatMap(({ progress }) => progress.map(({ topic, partition, next }) => [`${topic}/${partition}`, next])),
  );
}

async function* slices(
  open: OpenLetters,
  { filter, args, rate, clock }: Bulk,
  ends: ReadonlyMap<string, number>,
  signal: AbortSignal,
): AsyncGenerator<Letter[]> {
  const now = clock.wall();
  const most = rate === 0 ? SLICE : Math.min(SLICE, Math.max(1, Math.ceil((rate * TICK_MS) / 1000)));
  const query = { filter, now, order: "oldest", after: undefined, ends } as const;
  let slice: Letter[] = [];
  let bytes = 0;
  for await (const { rows } of matchingLetters(open, query, args)) {
    if (signal.aborted) return;
    for (const { letter } of rows) {
      if (slice.length === most || (slice.length > 0 && bytes + letter.size > SLICE_BYTES)) {
        yield slice;
        slice = [];
        bytes = 0;
      }
      slice.push(letter);
      bytes += letter.size;
    }
  }
  if (slice.length > 0) yield slice;
}

function report(job: JobHandle, returns: Returns, outcomes: readonly Outcome[]): void {
  const counts = new Map<string, number>();
  const ids: string[] = [];
  let done = 0;
  for (const outcome of outcomes) {
    if (outcome.kind === "replayed") ids.push(outcome.id);
    if (outcome.kind === "replayed" || outcome.kind === "purged") done += 1;
    else {
      const why = outcome.kind === "left_out" ? outcome.why : outcome.kind;
      counts.set(why, (counts.get(why) ?? 0) + 1);
      if (outcome.kind === "failed") job.failing(outcome.why);
    }
  }
  job.done(done);
  for (const [why, count] of counts) job.leftOut(why, count);
  returns.sent(ids);
}
