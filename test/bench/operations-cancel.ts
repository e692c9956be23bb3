import { fileURLToPath } from "node:url";
import { BrokerClient } from "#runtime/front/broker.js";
import type { ChangePlan, ChangeStarted } from "#runtime/operations/documents/changes.js";
import type { JobsDocument } from "#runtime/operations/documents/jobs.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import { until } from "../support/waiting.js";
import { atLeast, atMost } from "./budgets.js";
import { fillDelayed, fillReady } from "./fill.js";
import { microsecondsEach, peakMiB, threadTimes } from "./processes.js";
import { environment } from "./tasks.js";

const HANDLERS = fileURLToPath(new URL("./handlers.js", import.meta.url));
const ROWS = Number(process.env.TASKWIRE_BENCH_ROWS ?? 1_000_000);
const PAYLOAD_BYTES = 100;
const DELAY_S = 6 * 3600;
/** Share of the work that is done before the cancel begins, and after it ended. */
const ASIDE = 0.2;
/** How often the bench looks, milliseconds: a status costs the broker's main thread some, too. */
const LOOK_MS = 100;
const FILTER = { q: "state:delayed" };

/**
 * A job cancels delayed activations by a filter while a worker drains as many others: how long it takes, and the rate
 * of the drain meanwhile against that before and after.
 */
export async function operationsCancel(): Promise<object> {
  await using harness = new ProcessHarness(environment, HANDLERS);
  const broker = await harness.broker();
  await fillDelayed(harness, ROWS, PAYLOAD_BYTES, DELAY_S);
  await until(async () => (await harness.status()).counts.delayed === ROWS, 200);
  await fillReady(harness, ROWS, PAYLOAD_BYTES);
  await harness.worker("--isolation", "none", "--concurrency", "64");
  const completed = async () => (await harness.status()).ended.completed ?? 0;
  const reached = async (count: number) =>
    until(async () => {
      const now = await completed();
      return now >= count ? { completed: now, at: performance.now() } : undefined;
    }, LOOK_MS);
  const first = await reached(1);
  const operator = new BrokerClient(await harness.address(), { security: {}, actor: "ann", patience: 10_000 });
  const planned = await operator.ask<ChangePlan>("Cancel", { ...FILTER, dryRun: true });
  const { plan } = planned.document;
  const begun = await reached(ROWS * ASIDE);
  const before = threadTimes(broker.pid);
  const started = await operator.ask<ChangeStarted>("Cancel", { ...FILTER, plan });
  const over = async () => {
    const { jobs } = (await operator.ask<JobsDocument>("Jobs", {})).document;
    return jobs.some(({ id, endedAt }) => id === started.document.job.id && endedAt !== null);
  };
  // The drain may be done first: then the rest of the cancel has nothing beside it.
  const meanwhile = await until(async () => {
    const now = await completed();
    return now >= ROWS * (1 - ASIDE) || (await over()) ? { completed: now, at: performance.now() } : undefined;
  }, LOOK_MS);
  await until(over, LOOK_MS);
  operator.close();
  const seconds = (performance.now() - begun.at) / 1000;
  const processor = microsecondsEach(before, threadTimes(broker.pid), ROWS);
  const resumed = { completed: await completed(), at: performance.now() };
  const last = await reached(Math.min(ROWS, resumed.completed + ROWS * ASIDE));
  const { counts, ended: ends } = await harness.status();
  if (counts.delayed > 0 || ends.cancelled !== ROWS)
    throw new Error(`${counts.delayed} are delayed, ${ends.cancelled} cancelled`);
  const rates = { before: rate(first, begun), meanwhile: rate(begun, meanwhile), after: rate(resumed, last) };
  const undisturbed = rates.after > 0 ? (rates.before + rates.after) / 2 : rates.before;
  return {
    rows: ROWS,
    seconds: Math.round(seconds * 10) / 10,
    "drain, activations/s": rates,
    "broker, microseconds of CPU for each cancelled, the drain's included": processor,
    peakResidentMiB: peakMiB(broker.pid),
    budgets: [
      atMost("bulk cancel beside a drain, for 1,000,000", Math.round((seconds / ROWS) * 1e7) / 10, 30, "s"),
      // Holds on a crowded machine, too: microseconds for each are seconds for a million.
      atMost("bulk cancel, processor time of the journal's thread, for 1,000,000", processor.journal ?? 0, 30, "s"),
      atLeast("drain during a bulk cancel", Math.round((1000 * rates.meanwhile) / undisturbed) / 10, 80, "%"),
    ],
  };
}

interface Look {
  readonly completed: number;
  readonly at: number;
}

function rate(from: Look, to: Look): number {
  return to.at > from.at ? Math.round(((to.completed - from.completed) / (to.at - from.at)) * 1000) : 0;
}
