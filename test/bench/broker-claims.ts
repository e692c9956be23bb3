import { ProcessHarness } from "../support/harness/process-harness.js";
import { until } from "../support/waiting.js";
import { MachineHarness, times } from "../unit/broker/machine-harness.js";
import { fillAtMostOnce } from "./fill.js";
import { PullClient } from "./pull-client.js";
import { environment } from "./tasks.js";

const CLAIMS = 10_000;
/** Calls of the worker that are under way at a time; the broker answers 2,048. */
const AT_ONCE = 2000;

/** Sessions that share the claims in the last measurement. */
const SESSIONS = 1000;

/**
 * One pulling worker on one connection takes 10,000 at-most-once activations, holds all of them, then completes them:
 * how fast each goes, and what the broker's processor works for it. `machine`: microseconds of the in-flight machine alone
 * for each of as many claims.
 */
export async function brokerClaims(): Promise<object> {
  await using harness = new ProcessHarness(environment, "");
  await fillAtMostOnce(harness, CLAIMS);
  await harness.broker();
  await until(async () => (await harness.status()).counts.pending === CLAIMS);
  const client = new PullClient(await harness.address(), "bench");
  const claimed: string[] = [];
  const take = await measured(harness, async () => {
    const task = await client.getTask();
    if (task !== undefined) claimed.push(task.id);
  });
  const held = (await harness.status()).counts.processing;
  const complete = await measured(harness, async (n) => void (await client.complete(claimed[n] ?? "")));
  client.close();
  const { ended } = await harness.status();
  const machine = { hangUp: hangUp(), loseSessions: loseSessions() };
  return { unit: "activations/s", held, take, complete, whole: ended.completed === CLAIMS, machine };
}

/** All wait for one commit, which a slow disk holds up, and every caller hangs up. */
function hangUp(): number {
  const harness = new MachineHarness();
  harness.assign();
  harness.arrive(...times(CLAIMS, { atMostOnce: true }));
  harness.holdsCommits = true;
  for (let fetch = 1; fetch <= CLAIMS; fetch += 1)
    harness.apply({ kind: "fetch", fetch, application: "app", namespace: undefined, holdUntil: harness.now });
  const from = performance.now();
  for (let fetch = CLAIMS; fetch > 0; fetch -= 1) harness.apply({ kind: "unfetch", fetch });
  return microsecondsEach(from);
}

/** The connections of many workers are cut, and come back without their claims. */
function loseSessions(): number {
  const harness = new MachineHarness();
  harness.holdsOutcomes = true;
  harness.assign();
  harness.arrive(...times(CLAIMS, { atMostOnce: true }));
  const workers = Array.from({ length: SESSIONS }, (_, n) => `w${n}`);
  for (const worker of workers) harness.work(worker, ["t"], CLAIMS / SESSIONS);
  const offers = [{ name: "t", hash: "" }];
  const from = performance.now();
  for (const worker of workers) {
    harness.apply({ kind: "lost", session: worker });
    const session = `${worker} again`;
    harness.apply({ kind: "opened", session, worker, application: "app", tasks: offers, held: [] });
  }
  return microsecondsEach(from);
}

function microsecondsEach(from: number): number {
  return Math.round(((performance.now() - from) / CLAIMS) * 1e4) / 10;
}

/** One call for each claim, AT_ONCE of them under way. */
async function measured(harness: ProcessHarness, call: (n: number) => Promise<void>): Promise<object> {
  const cpu = async () => (await harness.usage())[0]?.cpu ?? 0;
  const before = await cpu();
  const from = performance.now();
  let next = 0;
  const caller = async () => {
    for (let n = next++; n < CLAIMS; n = next++) await call(n);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, caller));
  const rate = Math.round((CLAIMS / (performance.now() - from)) * 1000);
  return { rate, brokerCpuMicrosecondsEach: Math.round((((await cpu()) - before) / CLAIMS) * 1e6) };
}
