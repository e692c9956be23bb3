import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Client, connect } from "taskwire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openLog } from "#runtime/log/open.js";
import type { ReadRecord } from "#runtime/log/port.js";
import type { EndsDocument } from "#runtime/operations/documents/ends.js";
import type { ErrorsDocument } from "#runtime/operations/documents/errors.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import { alive } from "../support/processes/operating-system.js";
import { until } from "../support/waiting.js";
import { ConsumerClient } from "../support/wire/consumer-client.js";
import { callVerb } from "../support/wire/operations-client.js";
import { type Entry, FOLDER_VARIABLE, history } from "./fixtures/history.js";
import { environment, strangers, things } from "./fixtures/tasks.js";

const HANDLERS = join(import.meta.dirname, "../../dist/test/integration/fixtures/handlers.js");

let harness: ProcessHarness;
let client: Client;

beforeEach(async () => {
  const variables: NodeJS.ProcessEnv = {};
  harness = new ProcessHarness(environment, HANDLERS, variables);
  variables[FOLDER_VARIABLE] = harness.data;
  client = await connect(environment, { dataFolder: harness.data });
});

afterEach(async () => {
  await client.close();
  await harness[Symbol.asyncDispose]();
});

const starts = (task: string): Entry[] =>
  history(harness.data).filter((entry) => entry.task === task && entry.what === "start");
const ends = (task: string): Entry[] =>
  history(harness.data).filter((entry) => entry.task === task && entry.what === "end");
const release = () => writeFileSync(join(harness.data, "release"), "");
const range = (count: number) => Array.from({ length: count }, (_, n) => ({ n }));

/** So many ends were counted since the broker's start, and it holds nothing. */
const drained = (ends: number) =>
  until(async () => {
    const { counts, ended } = await harness.status();
    const seen = Object.values(ended).reduce((sum, count) => sum + count, 0);
    return seen >= ends && Object.values(counts).every((count) => count === 0);
  });

async function deadLetters(count: number): Promise<ReadRecord[]> {
  const cluster = environment.clusters[0];
  if (cluster === undefined) throw new Error("no cluster");
  const log = await openLog(cluster, harness.data);
  const reader = log.read(["work-dlq"], { group: "test", journal: "the test" });
  const found: ReadRecord[] = [];
  for await (const event of reader) {
    if (event.kind === "batch") found.push(...event.records);
    if (found.length >= count) break;
  }
  await reader.close();
  await log.close();
  return found;
}

describe("broker and worker on the embedded log", () => {
  it("run what was sent before they started, in order", async () => {
    await things.quick.delayMany(range(200));
    await harness.broker();
    await harness.worker("--concurrency", "1");
    await drained(200);
    expect(starts("quick").map(({ n }) => n)).toEqual(range(200).map(({ n }) => n));
  });

  it("run a failing activation again after its delay, until it succeeds", async () => {
    await harness.broker();
    await harness.worker();
    await things.flaky.delay({ n: 1 });
    await until(() => ends("flaky").length === 1);
    await drained(3);
    const runs = starts("flaky");
    expect(runs.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    for (const [index, { at }] of runs.entries()) {
      const before = runs[index - 1];
      if (before !== undefined) expect(at - before.at).toBeGreaterThanOrEqual(1000 - 5);
    }
    expect((await harness.status()).ended).toMatchObject({ completed: 1, retried: 2, deadlettered: 0 });
  });

  it("dead-letter what failed as often as it may, with the reason and the original bytes", async () => {
    await harness.broker();
    await harness.worker();
    await things.doomed.delay({ n: 1 });
    await drained(2);
    expect(starts("doomed")).toHaveLength(2);
    const [deadLetter] = await deadLetters(1);
    expect(deadLetter?.headers).toMatchObject({
      "taskwire-reason": "attempts_exceeded",
      "taskwire-error": expect.stringContaining("always"),
      "taskwire-attempts": "2",
      "taskwire-topic": "work",
    });
    expect(Buffer.from(deadLetter?.value ?? []).includes("things.doomed")).toBe(true);
  });

  it("start a delayed activation not before its time", async () => {
    await harness.broker();
    await harness.worker();
    const sent = Date.now();
    await things.quick.delay({ n: 1 }, { countdown: "2s" });
    await until(async () => (await harness.status()).counts.delayed === 1);
    await until(() => starts("quick").length === 1);
    // received_at travels with millisecond precision.
    expect((starts("quick")[0]?.at ?? 0) - sent).toBeGreaterThanOrEqual(1995);
  });

  it("dead-letter parameters that the worker cannot read, without a retry", async () => {
    await harness.broker();
    await harness.worker();
    await strangers.quickAsText.delay({ n: "seven" });
    await drained(1);
    const [deadLetter] = await deadLetters(1);
    expect(deadLetter?.headers).toMatchObject({
      "taskwire-reason": "bad_parameters",
      "taskwire-error": expect.stringContaining('n: expected int, got "seven"'),
    });
  });

  it("keep activations that no worker handles, and show them in the status", async () => {
    await harness.broker();
    await harness.worker();
    await strangers.ghost.delay({ n: 1 });
    await things.quick.delay({ n: 1 });
    await until(() => ends("quick").length === 1);
    const { unclaimed, counts } = await harness.status();
    expect(unclaimed).toMatchObject([{ application: "test", namespace: "things", task: "things.ghost", pending: 1 }]);
    expect(counts.pending).toBe(1);
  });

  it("show in the status what the worker is, how it is doing, and which broker answers", async () => {
    await harness.broker();
    const worker = await harness.worker("--children", "1");
    const status = await until(async () => {
      const status = await harness.status();
      return status.sessions.some(({ vitals }) => vitals !== null) ? status : undefined;
    });
    const { broker, sessions } = status;
    expect(broker).toMatchObject({ api: 1, version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
    expect(Date.parse(broker.startedAt)).toBeLessThanOrEqual(Date.now());
    expect(sessions).toMatchObject([
      {
        slots: expect.any(Number),
        about: { pid: worker.pid, version: broker.version, isolation: "process" },
        vitals: { busy: 0, unstarted: 0, children: 1, deaths: 0, crashLoop: "" },
      },
    ]);
    expect(sessions[0]?.vitals?.rss).toBeGreaterThan(10_000_000);
  });

  it("refuse wrong parameters in the caller, naming task and field; nothing is appended", async () => {
    const wrong: { n: number } = JSON.parse('{ "n": "x", "m": 1 }');
    await expect(things.quick.delay(wrong)).rejects.toThrow(
      'things.quick: n: expected int, got "x"; m: expected a known name (n), got 1',
    );
    await harness.broker();
    await drained(0);
    expect((await harness.status()).topics).toMatchObject([{ position: 0, lag: 0 }]);
  });

  it("receive a call that nobody awaited before the client was closed", async () => {
    const call = things.quick.delay({ n: 1 });
    await client.close();
    await call;
    await harness.broker();
    await harness.worker();
    await drained(1);
    expect(starts("quick")).toHaveLength(1);
  });

  it("work the same in one process, with isolation none", async () => {
    await harness.dev("--isolation", "none");
    await things.quick.delayMany(range(50));
    await things.flaky.delay({ n: 1 });
    await until(() => ends("flaky").length === 1);
    await drained(53);
    expect(ends("quick")).toHaveLength(50);
  });
});

describe("a worker that stops in order", () => {
  it("loses no at-most-once work that it never started, however close the two come", async () => {
    release();
    await harness.broker();
    for (let round = 0; round < 5; round += 1) {
      const worker = await harness.worker("--concurrency", "4", "--children", "1", "--isolation", "none");
      await Promise.all([things.slowOnce.delayMany([{ n: 2 * round }, { n: 2 * round + 1 }]), worker.stop()]);
    }
    await harness.worker("--concurrency", "4");
    await drained(10);
    expect((await harness.status()).ended).toMatchObject({ completed: 10, deadlettered: 0, discarded: 0 });
    expect(starts("slowOnce")).toHaveLength(10);
  });
});

describe("kill -9", () => {
  it("of the broker in the middle of long handlers: each handler runs once", async () => {
    const broker = await harness.broker();
    await harness.worker("--concurrency", "20", "--children", "2");
    await things.slow.delayMany(range(10));
    await things.slowOnce.delayMany(range(10));
    await until(() => starts("slow").length === 10 && starts("slowOnce").length === 10);
    await broker.kill();
    await harness.broker();
    await until(async () =>
      (await harness.status()).sessions.some(({ lost, processing }) => !lost && processing === 20),
    );
    release();
    await drained(20);
    expect(starts("slow")).toHaveLength(10);
    expect(starts("slowOnce")).toHaveLength(10);
    expect((await harness.status()).ended).toMatchObject({ completed: 20, deadlettered: 0 });
  });

  it("of the broker: the next one knows what ended before, how long handlers ran, and where they threw", async () => {
    const broker = await harness.broker();
    await harness.worker("--children", "1");
    await things.quick.delay({ n: 1 });
    await things.doomed.delay({ n: 2 });
    await drained(3);
    const file = join(harness.data, "history", "default.ndjson");
    await until(() => existsSync(file) && readFileSync(file, "utf8").split("\n").length > 3);
    await broker.kill();
    await harness.broker();
    const consumer = new ConsumerClient(await harness.address());
    const { document } = await callVerb<EndsDocument>(consumer, "ListEnds", {});
    const { document: errors } = await callVerb<ErrorsDocument>(consumer, "Errors", {});
    consumer.close();
    const summary = document.ends.map(({ task, end, attempt }) => `${task} ${end} ${attempt}`).sort();
    expect(summary).toEqual(["things.doomed failure 2", "things.doomed retry 1", "things.quick completed 1"]);
    for (const { ran, held } of document.ends) {
      expect(ran).toBeGreaterThanOrEqual(1);
      expect(held).not.toBeNull();
    }
    expect(errors.groups).toMatchObject([
      { task: "things.doomed", count: 2, frame: expect.stringContaining("handlers") },
    ]);
  });

  it("of the broker, whose handlers end while it is away: their outcomes count when it is back", async () => {
    const broker = await harness.broker();
    await harness.worker("--concurrency", "5");
    await things.slow.delayMany(range(5));
    await until(() => starts("slow").length === 5);
    await broker.kill();
    release();
    await until(() => ends("slow").length === 5);
    await harness.broker();
    await drained(5);
    expect(starts("slow")).toHaveLength(5);
    expect((await harness.status()).ended).toMatchObject({ completed: 5 });
  });

  it("of a worker's child: its at-least-once work runs again, its at-most-once work is accounted as failure", async () => {
    await harness.broker();
    await harness.worker("--concurrency", "4", "--children", "1");
    await things.slow.delay({ n: 1 });
    await things.slowOnce.delay({ n: 2 });
    await until(() => starts("slow").length === 1 && starts("slowOnce").length === 1);
    const child = starts("slow")[0]?.pid ?? 0;
    process.kill(child, "SIGKILL");
    await until(() => starts("slow").length === 2);
    release();
    await drained(2);
    expect(starts("slowOnce")).toHaveLength(1);
    const [deadLetter] = await deadLetters(1);
    expect(deadLetter?.headers).toMatchObject({ "taskwire-reason": "worker_lost" });
  });

  it("of the supervisor: another worker gets its work after the session's grace, nothing is lost", async () => {
    await harness.broker();
    const worker = await harness.worker("--concurrency", "4", "--children", "1");
    await things.slow.delayMany(range(3));
    await until(() => starts("slow").length === 3);
    const child = starts("slow")[0]?.pid ?? 0;
    await worker.kill();
    await until(() => !alive(child));
    release();
    await harness.worker("--concurrency", "4");
    await drained(3);
    expect(new Set(ends("slow").map(({ n }) => n))).toEqual(new Set([0, 1, 2]));
    expect(starts("slow")).toHaveLength(6);
  });
});
