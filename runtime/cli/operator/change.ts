import { sleep } from "../../base/sleep.js";
import { joinPlans, splitPlan } from "../../front/plans.js";
import type { JobDocument, JobsDocument } from "../../operations/documents/jobs.js";
import type { VerbName } from "../../operations/verbs.js";
import { oneLine } from "../output/logger.js";
import { confirm } from "./confirm.js";
import type { ChangeFlags } from "./options.js";
import type { Operator } from "./session.js";
import { counted, span, tally } from "./text.js";

/** How often a job's progress is looked at. */
const LOOK_MS = 300;
/** Tasks that a plan names. */
const MOST_TASKS = 10;

/** Options of a change by filter. */
export interface BulkFlags extends ChangeFlags {
  readonly plan?: string;
  readonly detach?: boolean;
}

/** What every dry run by filter answers. */
interface PlanDocument {
  readonly matched: number;
  readonly leftOut?: Readonly<Record<string, number>>;
  readonly tasks?: Readonly<Record<string, number>>;
  readonly plan: string;
  readonly seconds?: number;
}

interface BulkChange {
  readonly verb: VerbName;
  readonly request: object;
  /** Completes "this will ...", such as "replay". */
  readonly does: string;
  /** What matches, such as "dead letter". */
  readonly noun: string;
}

/**
 * Changes all that match a filter: a dry run on every broker, a question, then a job on every broker, whose end is awaited.
 * With --plan the dry run was made before.
 */
export async function changeByFilter(operator: Operator, flags: BulkFlags, change: BulkChange): Promise<void> {
  const joined = flags.plan ?? (await dryRun(operator, flags, change));
  if (joined === undefined) return;
  const plans = splitPlan(joined);
  const reason = flags.reason === undefined ? {} : { reason: flags.reason };
  const { answers, partial, refused } = await operator.front.ask<{ readonly job: JobDocument }>(
    change.verb,
    (broker) => {
      const plan = plans.get(broker);
      return plan === undefined ? undefined : { ...change.request, ...reason, plan };
    },
  );
  operator.missing(partial);
  for (const { broker, error } of refused) {
    operator.say(`${broker}: ${error.message}`);
    operator.inPart();
  }
  const started = answers.map(({ broker, document: { job } }) => ({ broker, job }));
  const jobs = flags.detach === true ? started : await endsOf(operator, started);
  if (operator.json) operator.document({ jobs: jobs.map(({ broker, job }) => ({ ...job, broker })) });
  for (const { job } of jobs) {
    const { id, state, error } = job;
    if (!operator.json)
      operator.line(oneLine(`job ${id}: ${state}; ${progress(job)}${error === "" ? "" : `; ${error}`}`));
    if (state === "failed") process.exitCode = 1;
    else if (state === "cancelled" || Object.values(job.leftOut).some((count) => count > 0)) operator.inPart();
  }
}

/** The plans of all brokers; undefined: nothing is left to do. */
async function dryRun(operator: Operator, flags: BulkFlags, change: BulkChange): Promise<string | undefined> {
  const request = { ...change.request, dryRun: true };
  const { answers, partial, refused } = await operator.front.ask<PlanDocument>(change.verb, request);
  const [refusal] = refused;
  if (refusal !== undefined) throw refusal.error;
  operator.missing(partial);
  const matched = answers.reduce((sum, { document }) => sum + document.matched, 0);
  const tasks = summed(answers.map(({ document }) => document.tasks ?? {}));
  const leftOut = summed(answers.map(({ document }) => document.leftOut ?? {}));
  const seconds = Math.max(0, ...answers.map(({ document }) => document.seconds ?? 0));
  const plan = joinPlans(answers.map(({ broker, document }) => ({ broker, plan: document.plan })));
  if (flags.dryRun === true && operator.json) {
    const samples = answers.flatMap(({ document }) => ("samples" in document ? document.samples : []));
    const missing = partial.map(({ broker }) => broker);
    operator.document({ matched, leftOut, tasks, samples, plan, seconds, partial: missing });
  }
  if (matched === 0) {
    if (!operator.json) operator.say(`no ${change.noun} matches`);
    else if (flags.dryRun !== true) operator.document({ jobs: [] });
    operator.nothingMatched();
    return undefined;
  }
  const lines = planLines(change, matched, { tasks, leftOut, seconds });
  if (flags.dryRun === true) {
    if (operator.json) return undefined;
    for (const line of lines) operator.line(oneLine(line));
    operator.line(`plan ${plan}, for 60 s: pass it as --plan`);
    return undefined;
  }
  if (flags.yes !== true) for (const line of lines) operator.say(line);
  await confirm(flags, `${change.does} ${counted(matched, change.noun)}`, matched);
  return plan;
}

function planLines(
  { noun }: BulkChange,
  matched: number,
  plan: {
    readonly tasks: Readonly<Record<string, number>>;
    readonly leftOut: Readonly<Record<string, number>>;
    readonly seconds: number;
  },
): string[] {
  const tasks = Object.entries(plan.tasks).sort(([, one], [, other]) => other - one);
  const leftOut = tally(plan.leftOut);
  return [
    `${counted(matched, noun)} match`,
    ...tasks.slice(0, MOST_TASKS).map(([task, count]) => `  ${count.toLocaleString("en-US")}  ${task}`),
    ...(tasks.length > MOST_TASKS ? [`  and ${counted(tasks.length - MOST_TASKS, "task")} more`] : []),
    ...(leftOut === "" ? [] : [`left out: ${leftOut}`]),
    ...(plan.seconds > 0 ? [`takes about ${span(plan.seconds * 1000)}`] : []),
  ];
}

interface Started {
  readonly broker: string;
  readonly job: JobDocument;
}

/** How long a broker that runs a job may be silent before the command stops waiting for it, milliseconds. */
const SILENT_MS = 30_000;

/**
 * The jobs when all of them have ended. Progress is shown on a terminal. A job ends with its broker: one that a broker no
 * longer knows was under way when that was restarted.
 */
async function endsOf(operator: Operator, started: readonly Started[]): Promise<readonly Started[]> {
  let jobs = started;
  const lastAnswers = new Map(started.map(({ broker }) => [broker, performance.now()]));
  const isTerminal = process.stderr.isTTY;
  while (jobs.some(({ job }) => job.endedAt === null)) {
    await sleep(LOOK_MS);
    const { answers } = await operator.front.ask<JobsDocument>("Jobs", {});
    jobs = jobs.map(({ broker, job }) => {
      if (job.endedAt !== null) return { broker, job };
      const documents = answers.find((answer) => answer.broker === broker)?.document.jobs;
      if (documents !== undefined) {
        lastAnswers.set(broker, performance.now());
        return { broker, job: documents.find(({ id }) => id === job.id) ?? ended(job, "the broker was restarted") };
      }
      const silent = performance.now() - (lastAnswers.get(broker) ?? 0) > SILENT_MS;
      return { broker, job: silent ? ended(job, "the broker no longer answers") : job };
    });
    if (isTerminal) process.stderr.write(`\r\u001b[K${jobs.map(({ job }) => progress(job)).join("; ")}`);
  }
  if (isTerminal) process.stderr.write("\r\u001b[K");
  return jobs;
}

function ended(job: JobDocument, why: string): JobDocument {
  const error = `${why}; what the job has done stays done: run the command again for the rest`;
  return { ...job, state: "cancelled", endedAt: new Date().toISOString(), error };
}

/** What a job has done so far, as "300 of 812 matched, 298 done, 2 running". */
export function progress({ total, matched, done, asked, leftOut }: JobDocument): string {
  const of = total === null ? "" : ` of ${total.toLocaleString("en-US")}`;
  const counts = tally({ done, asked, ...leftOut });
  return `${matched.toLocaleString("en-US")}${of} matched${counts === "" ? "" : `, ${counts}`}`;
}

function summed(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums = new Map<string, number>();
  for (const counts of all)
    for (const [name, count] of Object.entries(counts)) sums.set(name, (sums.get(name) ?? 0) + count);
  return Object.fromEntries(sums);
}
