import { nextId } from "../../activation/retry.js";
import type { ChangedActivation, ChangedActivations, ChangeOutcome } from "../../operations/documents/changes.js";
import type { Acted } from "../inflight/events.js";
import { findIds } from "../reading/find.js";
import type { Sources } from "../reading/sources.js";
import { type ChangeVerb, expectedOutcome } from "./expected.js";
import { type ActEngine, actOn } from "./operator-acts.js";

/** Most runs of a chain that are looked up. */
const MOST_LINKS = 100;

/** A change of some activations. */
interface IdsRequest {
  readonly verb: ChangeVerb;
  /** Each once. */
  readonly ids: readonly string[];
  readonly by: string;
  /** Cancel only: follows each id to the run of its chain that is in flight. */
  readonly chain: boolean;
  /** Cancel only: ids that are not in flight are cancelled when they are read. */
  readonly ahead: boolean;
}

export async function changeIds(engine: ActEngine, request: IdsRequest): Promise<ChangedActivations> {
  const { verb, ids, by, chain, ahead } = request;
  if (chain) return answerOf(await changeChains(engine, request));
  const { answers } = await actOn(engine, verb, { ids, by, ahead });
  return answerOf(answers.map((answer) => documentOf(answer.id, answer)));
}

/** What `changeIds` would do now, without `ahead`. */
export async function expectIds(sources: Sources, { verb, ids, chain }: IdsRequest): Promise<ChangedActivations> {
  const links = ids.map((id) => [id, ...(chain ? runsAfter(id) : [])]);
  const found = new Map((await findIds(sources, links.flat(), false)).map((row) => [row.id, row.state]));
  const outcomes = links.map(([id = "", ...others]): ChangedActivation => {
    const run = [id, ...others].find((link) => found.has(link));
    const state = run === undefined ? undefined : found.get(run);
    const outcome = state === undefined ? "unknown" : expectedOutcome(verb, state);
    return { id, outcome, ...(run === undefined || run === id ? {} : { run }) };
  });
  return { ...answerOf(outcomes), dryRun: true };
}

/** Each id determines the next run's, so the one in flight is found from any that came before it. */
async function changeChains(engine: ActEngine, { verb, ids, by, ahead }: IdsRequest): Promise<ChangedActivation[]> {
  const chains = new Map(ids.map((id) => [id, [id, ...runsAfter(id)]]));
  const acted = await actOn(engine, verb, { ids: [...new Set([...chains.values()].flat())], by, chain: true });
  const answers = new Map(acted.answers.map((answer) => [answer.id, answer]));
  const outcomes: ChangedActivation[] = [];
  for (const [id, links] of chains) {
    const living = links.findLast((link) => answers.get(link)?.what !== "unknown");
    const answer = living === undefined ? undefined : answers.get(living);
    if (answer !== undefined) outcomes.push(documentOf(id, answer));
    else if (ahead) outcomes.push(await cancelAhead(engine, id, links, by));
    else outcomes.push({ id, outcome: "unknown" });
  }
  return outcomes;
}

/** The run that comes next: the one after the last that is known to have finished, or else the first or the second. */
async function cancelAhead(
  engine: ActEngine,
  id: string,
  links: readonly string[],
  by: string,
): Promise<ChangedActivation> {
  const finished = links.findLastIndex((link) => engine.inflight.hasFinished(link));
  const next = finished < 0 ? links.slice(0, 2) : links.slice(finished + 1, finished + 2);
  const { answers } = await actOn(engine, "Cancel", { ids: next, by, ahead: true });
  const [answer] = answers.filter(({ what }) => what !== "ahead").concat(answers);
  return answer === undefined ? { id, outcome: "unknown" } : documentOf(id, answer);
}

function runsAfter(first: string): string[] {
  const runs: string[] = [];
  for (let id = first; runs.length < MOST_LINKS - 1; runs.push(id)) id = nextId(id, runs.length + 1);
  return runs;
}

function documentOf(asked: string, answer: Acted): ChangedActivation {
  const { id, what } = answer;
  return {
    id: asked,
    outcome: what,
    ...(id === asked ? {} : { run: id }),
    ...("next" in answer && answer.next !== undefined && answer.next !== id ? { next: answer.next } : {}),
    ...("until" in answer && answer.until !== undefined ? { until: new Date(answer.until).toISOString() } : {}),
  };
}

function answerOf(outcomes: readonly ChangedActivation[]): ChangedActivations {
  const counts: Partial<Record<ChangeOutcome, number>> = {};
  for (const { outcome } of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return { outcomes, counts };
}
