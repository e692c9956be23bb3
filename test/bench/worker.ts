import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connect } from "taskwire";
import { ProcessHarness } from "../support/harness/process-harness.js";
import type { Running } from "../support/processes/command.js";
import { childrenOf } from "../support/processes/operating-system.js";
import { until } from "../support/waiting.js";
import { threadTimes } from "./processes.js";
import { bench, environment } from "./tasks.js";

const HANDLERS = fileURLToPath(new URL("./handlers.js", import.meta.url));
const IDLE_MS = 60_000;
const PACE = 20_000;
const PACED_MS = 10_000;
const TICK_MS = 50;

/** CPU of a worker with nothing to do over a minute, as a share of one processor. */
export async function workerIdle(): Promise<object> {
  await using harness = new ProcessHarness(environment, HANDLERS);
  const broker = await harness.broker();
  const worker = await harness.worker("--children", "2");
  await wait(2000);
  const watched = processesOf(broker, worker);
  const before = watched.map(([, pid]) => secondsOf(pid));
  const began = performance.now();
  await wait(IDLE_MS);
  const passed = (performance.now() - began) / 1000;
  const shares = watched.map(([name, pid], at) => [name, percent((secondsOf(pid) - (before[at] ?? 0)) / passed)]);
  return { unit: "percent of one processor", seconds: Math.round(passed), ...Object.fromEntries(shares) };
}

/** CPU of the supervisor while 20,000 no-op activations a second come in, with child processes. */
export async function workerPaced(): Promise<object> {
  await using harness = new ProcessHarness(environment, HANDLERS);
  const broker = await harness.broker();
  const worker = await harness.worker("--children", "1", "--concurrency", "64");
  await using client = await connect(environment, { dataFolder: harness.data });
  void client;
  const watched = processesOf(broker, worker);
  const before = watched.map(([, pid]) => secondsOf(pid));
  const began = performance.now();
  let sent = 0;
  while (performance.now() - began < PACED_MS) {
    const due = Math.floor(((performance.now() - began) / 1000) * PACE) - sent;
    if (due > 0) await bench.noop.delayMany(Array.from({ length: due }, (_, n) => ({ n })));
    sent += Math.max(0, due);
    await wait(TICK_MS);
  }
  await until(async () => (await harness.status()).ended.completed === sent);
  const passed = (performance.now() - began) / 1000;
  const spent = watched.map(([name, pid], at) => [name, percent((secondsOf(pid) - (before[at] ?? 0)) / passed)]);
  return {
    unit: "percent of one processor",
    activationsPerSecond: Math.round(sent / passed),
    ...Object.fromEntries(spent),
  };
}

function processesOf(broker: Running, worker: Running): [string, number][] {
  const children = childrenOf(worker.pid).map((pid, at): [string, number] => [`child ${at}`, pid]);
  return [["broker", broker.pid], ["supervisor", worker.pid], ...children];
}

/** CPU seconds of all threads. */
function secondsOf(pid: number): number {
  return Object.values(threadTimes(pid)).reduce((sum, seconds) => sum + seconds, 0);
}

function percent(share: number): number {
  return Math.round(share * 10_000) / 100;
}
