import type { Of } from "../../operations/documents/front.js";
import type { JobDocument } from "../../operations/documents/jobs.js";
import type { Front, Missing } from "../front.js";
import { refuseIfAny } from "../refusal.js";
import type { ChangeVerb } from "./by-ids.js";
import { joinPlans, splitPlan } from "./plans.js";

/** Verbs that change all that match a filter. */
export type BulkVerb = ChangeVerb | "ReplayLetters" | "PurgeLetters";

/** What every dry run by a filter answers. */
interface Planned<Sample> {
  readonly matched: number;
  readonly leftOut: Readonly<Record<string, number>>;
  readonly tasks: Readonly<Record<string, number>>;
  readonly samples: readonly Sample[];
  readonly plan: string;
  /** How long it takes at its rate. */
  readonly seconds?: number;
}

/** The dry runs of several brokers as one. */
export interface JoinedPlan<Sample> extends Planned<Sample> {
  readonly partial: readonly Missing[];
}

/**
 * A dry run on every broker. Rejects as Front.ask, and when one of the brokers refuses: a plan of the others would be for less
 * than was asked.
 */
export async function planByFilter<Sample>(
  front: Pick<Front, "ask">,
  verb: BulkVerb,
  request: object,
): Promise<JoinedPlan<Sample>> {
  const asked = await front.ask<Planned<Sample>>(verb, { ...request, dryRun: true });
  refuseIfAny(asked.refused);
  const documents = asked.answers.map(({ document }) => document);
  const seconds = documents.flatMap(({ seconds: each }) => (each === undefined ? [] : [each]));
  return {
    matched: documents.reduce((sum, { matched }) => sum + matched, 0),
    leftOut: summed(documents.map(({ leftOut }) => leftOut)),
    tasks: summed(documents.map(({ tasks }) => tasks)),
    samples: documents.flatMap(({ samples }) => samples),
    plan: joinPlans(asked.answers.map(({ broker, document }) => ({ broker, plan: document.plan }))),
    ...(seconds.length === 0 ? {} : { seconds: Math.max(...seconds) }),
    partial: asked.partial,
  };
}

interface StartedByFilter {
  readonly jobs: readonly Of<JobDocument>[];
  /** Brokers of the plan that did not answer, or refused: they change nothing. */
  readonly partial: readonly Missing[];
}

/**
 * Starts what a dry run of the same request has planned, on the brokers of the plan. Rejects as Front.ask, and with
 * OperationError `unknown_plan`.
 */
export async function startByFilter(
  front: Pick<Front, "ask" | "brokers">,
  verb: BulkVerb,
  request: object,
  plan: string,
): Promise<StartedByFilter> {
  const plans = splitPlan(plan, front.brokers);
  const { answers, partial, refused } = await front.ask<{ readonly job: JobDocument }>(verb, (broker) => {
    const own = plans.get(broker);
    return own === undefined ? undefined : { ...request, plan: own };
  });
  return {
    jobs: answers.map(({ broker, document: { job } }) => ({ ...job, broker })),
    partial: [...partial, ...refused],
  };
}

function summed(all: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const sums = new Map<string, number>();
  for (const counts of all)
    for (const [name, count] of Object.entries(counts)) sums.set(name, (sums.get(name) ?? 0) + count);
  return Object.fromEntries(sums);
}
