import type { State } from "../../activation/states.js";
import type { ChangeOutcome, ChangePlan, ChangeStarted } from "../../operations/documents/changes.js";
import type { Act, ActPage } from "../inflight/events.js";
import type { FoundRow, StoredPlace } from "../inflight/persisted.js";
import type { JobHandle } from "../jobs/job.js";
import type { Jobs } from "../jobs/jobs.js";
import type { Pace } from "../jobs/pace.js";
import type { Plans } from "../jobs/plans.js";
import { everyMatch, fromMemory, STORED_STATES } from "../reading/every-match.js";
import type { Matcher } from "../reading/matcher.js";
import { orderOf, STATES } from "../reading/places.js";
import { rowDocument } from "../reading/row-document.js";
import type { Sources } from "../reading/sources.js";
import { storedTurns } from "../reading/stored-rows.js";
import { type ChangeVerb, expectedOutcome, isLeftOut } from "./expected.js";
import { type ActEngine, actOn } from "./operator-acts.js";

/** Activations in one act. */
const SLICE = 1000;
const SAMPLES = 5;
/** Most tasks that a plan counts by name. */
const MOST_TASKS = 100;

/** What a change of everything that matches needs. */
export interface FilterParts {
  readonly engine: ActEngine;
  readonly sources: () => Sources;
  readonly jobs: Jobs;
  readonly plans: Plans;
  readonly pace: Pace;
}

/** A change of everything that matches. */
interface FilterRequest {
  readonly verb: ChangeVerb;
  readonly matcher: Matcher;
  readonly by: string;
  readonly reason: string;
}

/** Counts what matches, and makes a plan for the change. */
export async function planChange(
  { sources, plans }: FilterParts,
  { verb, matcher }: FilterRequest,
  signal: AbortSignal,
): Promise<ChangePlan> {
  const { matched, leftOut, tasks, samples } = await count(sources(), verb, matcher, signal);
  const most = [...tasks].sort(([, one], [, other]) => other - one).slice(0, MOST_TASKS);
  return {
    matched,
    leftOut,
    tasks: Object.fromEntries(most),
    samples: samples.map(rowDocument),
    plan: plans.make(matched, keyOf(verb, matcher)),
  };
}

/** Starts the change as a job. Throws OperationError when the plan does not allow it, or too many jobs run. */
export async function startChange(
  parts: FilterParts,
  request: FilterRequest,
  plan: string,
  signal: AbortSignal,
): Promise<ChangeStarted> {
  const { verb, matcher, by, reason } = request;
  const { matched } = await count(parts.sources(), verb, matcher, signal);
  parts.plans.check(plan, keyOf(verb, matcher), matched);
  const facts = { verb, actor: by, filter: matcher.printed, reason, total: matched };
  return { job: parts.jobs.start(facts, (job) => change(parts, request, job)) };
}

/**
 * Slice by slice, at a pace that leaves time for other work: those in memory, then pages of those that only the file has.
 * What is changed in one is on disk before the next.
 */
async function change(
  { engine, sources, pace }: FilterParts,
  { verb, matcher, by }: FilterRequest,
  job: JobHandle,
): Promise<void> {
  const { ids, states } = matcher.match;
  const act = async (wish: Pick<Act, "ids" | "page">): Promise<StoredPlace | undefined> => {
    const { answers, next } = await pace.slice(job.signal, () => actOn(engine, verb, { ...wish, by, states }));
    const counts = new Map<ChangeOutcome, number>();
    for (const { what } of answers) counts.set(what, (counts.get(what) ?? 0) + 1);
    job.matched(answers.length);
    job.done(counts.get("done") ?? 0);
    job.asked(counts.get("asked") ?? 0);
    for (const [outcome, number] of counts) if (isLeftOut(outcome)) job.leftOut(outcome, number);
    return next;
  };
  const given = new Set<number>();
  const some = ids === undefined ? fromMemory : everyMatch;
  for await (const { rows } of some(sources(), matcher, job.signal)) {
    for (const { seq } of rows) given.add(seq);
    for (let from = 0; from < rows.length && !job.signal.aborted; from += SLICE)
      await act({ ids: [...new Set(rows.slice(from, from + SLICE).map(({ id }) => id))] });
  }
  if (ids !== undefined) return;
  const matches: ActPage["matches"] = (facts, changing) => !given.has(facts.seq) && matcher.matches(facts, changing);
  // Promoted ones become parked: the parked ones come first, so that none is met twice.
  for (const state of STORED_STATES.toReversed()) {
    if (states?.has(state) === false) continue;
    const order = orderOf(state, matcher.match.hasNames);
    const pages = storedTurns(sources(), state, order, matcher, async (request) => ({
      next: await act({ ids: [], page: { request, matches } }),
    }));
    for await (const _ of pages) if (job.signal.aborted) return;
  }
}

interface Count {
  matched: number;
  readonly leftOut: Partial<Record<ChangeOutcome, number>>;
  readonly tasks: Map<string, number>;
  readonly samples: FoundRow[];
}

async function count(sources: Sources, verb: ChangeVerb, matcher: Matcher, signal: AbortSignal): Promise<Count> {
  const counted: Count = { matched: 0, leftOut: {}, tasks: new Map(), samples: [] };
  if (matcher.isCounted) countTallies(sources, verb, matcher, counted);
  const seen = new Set<number>();
  for await (const { from, rows } of everyMatch(sources, matcher, signal)) {
    if (matcher.isCounted && counted.samples.length >= SAMPLES) break;
    for (const row of rows) {
      // Those of memory may come again: they left it during the pass.
      if (seen.has(row.seq)) continue;
      if (from === "memory") seen.add(row.seq);
      if (!matcher.isCounted) add(counted, verb, row, 1);
      if (counted.samples.length < SAMPLES) counted.samples.push(row);
    }
  }
  signal.throwIfAborted();
  return counted;
}

/** The tallies count every activation by state and task, in memory or not. */
function countTallies({ snapshot }: Sources, verb: ChangeVerb, { match }: Matcher, counted: Count): void {
  for (const tally of snapshot.tallies) {
    const { application, namespace, task } = tally;
    // A filter that names topics is not counted by tallies.
    if (!match.names({ application, namespace, task, topic: "" })) continue;
    for (const state of STATES)
      if (tally[state] > 0 && match.states?.has(state) !== false) add(counted, verb, { task, state }, tally[state]);
  }
}

function add(
  counted: Count,
  verb: ChangeVerb,
  { task, state }: { readonly task: string; readonly state: State },
  count: number,
): void {
  counted.matched += count;
  counted.tasks.set(task, (counted.tasks.get(task) ?? 0) + count);
  const outcome = expectedOutcome(verb, state);
  if (isLeftOut(outcome)) counted.leftOut[outcome] = (counted.leftOut[outcome] ?? 0) + count;
}

/** Names what is done to what, for plans. */
function keyOf(verb: ChangeVerb, { printed }: Matcher): string {
  return `${verb} ${printed}`;
}
