import { sleep } from "../../base/sleep.js";
import { type BulkVerb, type JoinedPlan, planByFilter, startByFilter } from "../../front/changes/by-filter.js";
import type { Front } from "../../front/front.js";
import type { Of } from "../../operations/documents/front.js";
import type { JobDocument, JobsDocument } from "../../operations/documents/jobs.js";
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

interface BulkChange {
  readonly verb: BulkVerb;
  readonly request: object;
  /** Completes "this will ...", such as "replay". */
  readonly does: string;
  /** What matches, such as "dead letter". */
  readonly noun: string;
  /** The brokers that make the dry run. Default: all. */
  readonly planners?: Front;
}

/**
 * Changes all that match a filter: a dry run on every broker, a question, then a job on every broker, whose end is awaited.
 * With --plan the dry run was made before.
 */
export async function changeByFilter(operator: Operator, flags: BulkFlags, change: BulkChange): Promise<void> {
  const plan = flags.plan ?? (await dryRun(operator, flags, change));
  if (plan === undefined) return;
  const reason = flags.reason === undefined ? {} : { reason: flags.reason };
  const request = { ...change.request, ...reason };
  const { jobs: started, partial } = await startByFilter(operator.front, change.verb, request, plan);
  operator.missing(partial);
  const jobs = flags.detach === true ? started : await endsOf(operator, started);
  if (operator.json) operator.document({ jobs });
  for (const job of jobs) {
    const { id, state, error } = job;
    if (!operator.json)
      operator.line(oneLine(`job ${id}: ${state}; ${progress(job)}${error === "" ? "" : `; ${error}`}`));
    if (state === "failed") process.exitCode = 1;
    else if (state === "cancelled" || Object.values(job.leftOut).some((count) => count > 0)) operator.inPart();
  }
}

/** The plans of all brokers; undefined: nothing is left to do. */
async function dryRun(operator: Operator, flags: BulkFlags, change: BulkChange): Promise<string | undefined> {
  const planned = await planByFilter(change.planners ?? operator.front, change.verb, change.request);
  const { partial, ...document } = planned;
  const { matched, plan } = document;
  operator.missing(partial);
  if (flags.dryRun === true && operator.json) {
    operator.document({ ...document, partial: partial.map(({ broker }) => broker) });
  }
  if (matched === 0) {
    if (!operator.json) operator.say(`no ${change.noun} matches`);
    else if (flags.dryRun !== true) operator.document({ jobs: [] });
    operator.nothingMatched();
    return undefined;
  }
  const lines = planLines(change, document);
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
  { matched, seconds = 0, ...plan }: Pick<JoinedPlan<unknown>, "matched" | "tasks" | "leftOut" | "seconds">,
): string[] {
  const tasks = Object.entries(plan.tasks).sort(([, one], [, other]) => other - one);
  const leftOut = tally(plan.leftOut);
  return [
    `${counted(matched, noun)} match`,
    ...tasks.slice(0, MOST_TASKS).map(([task, count]) => `  ${count.toLocaleString("en-US")}  ${task}`),
    ...(tasks.length > MOST_TASKS ? [`  and ${counted(tasks.length - MOST_TASKS, "task")} more`] : []),
    ...(leftOut === "" ? [] : [`left out: ${leftOut}`]),
    ...(seconds > 0 ? [`takes about ${span(seconds * 1000)}`] : []),
  ];
}

type Started = Of<JobDocument>;

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
  while (jobs.some(({ endedAt }) => endedAt === null)) {
    await sleep(LOOK_MS);
    const { answers } = await operator.front.ask<JobsDocument>("Jobs", {});
    jobs = jobs.map((job) => {
      if (job.endedAt !== null) return job;
      const { broker, id } = job;
      const documents = answers.find((answer) => answer.broker === broker)?.document.jobs;
      if (documents !== undefined) {
        lastAnswers.set(broker, performance.now());
        const known = documents.find((each) => each.id === id);
        return known === undefined ? ended(job, "the broker was restarted") : { ...known, broker };
      }
      const silent = performance.now() - (lastAnswers.get(broker) ?? 0) > SILENT_MS;
      return silent ? ended(job, "the broker no longer answers") : job;
    });
    if (isTerminal) process.stderr.write(`\r\u001b[K${jobs.map(progress).join("; ")}`);
  }
  if (isTerminal) process.stderr.write("\r\u001b[K");
  return jobs;
}

function ended(job: Started, why: string): Started {
  const error = `${why}; what the job has done stays done: run the command again for the rest`;
  return { ...job, state: "cancelled", endedAt: new Date().toISOString(), error };
}

/** What a job has done so far, as "300 of 812 matched, 298 done, 2 running". */
export function progress({ total, matched, done, asked, leftOut }: JobDocument): string {
  const of = total === null ? "" : ` of ${total.toLocaleString("en-US")}`;
  const counts = tally({ done, asked, ...leftOut });
  return `${matched.toLocaleString("en-US")}${of} matched${counts === "" ? "" : `, ${counts}`}`;
}
