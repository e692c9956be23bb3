import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RetryState } from "#runtime/activation/activation.js";
import { FaultHarness } from "../support/harness/fault-harness.js";
import { InProcessHarness } from "../support/harness/in-process-harness.js";
import { deadLetterOf, readDeadLetters } from "../support/topic.js";
import { until } from "../support/waiting.js";
import type { Plan } from "./fixtures/producer.js";
import { handlersWith } from "./fixtures/registry.js";
import { environment } from "./fixtures/tasks.js";

const FIXTURES = join(import.meta.dirname, "../../dist/test/fault/fixtures");
const HANDLERS = join(FIXTURES, "handlers.js");
const PRODUCER = join(FIXTURES, "producer.js");

const COUNT = process.env.TASKWIRE_FAULT_FULL === "1" ? 5000 : 300;

const times = (maxAttempts: number): RetryState => ({
  attempts: 0,
  maxAttempts,
  onExceeded: "deadletter",
  atMostOnce: false,
  delay: undefined,
});

/** Longer than the longest pause between two tries. */
const BACKOFF_MS = 31_000;

describe("a topic that takes no records for a while", () => {
  it("loses no dead letter and writes each once, in the end", async () => {
    await using harness = new InProcessHarness(environment);
    const starts: string[] = [];
    const registry = handlersWith((what, { id }) => {
      if (what === "started") starts.push(id);
    });
    await harness.startBroker();
    await harness.startWorker(registry, 16);
    harness.faults.away.add("work-dlq");
    const ids = Array.from({ length: COUNT }, (_, n) => `doomed-${n}`);
    await harness.send(ids.map((id) => ({ id, task: "faults.dropped", retry: times(1) })));
    await harness.reached(({ counts }) => counts.failure === COUNT);
    for (let second = 0; second < 60; second += 5) {
      harness.clock.skip(5000);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    expect((await harness.status()).counts).toMatchObject({ failure: COUNT, pending: 0, processing: 0 });
    // Tried again, but not without a pause.
    expect(harness.faults.tried.get("work-dlq")).toBeLessThan(20);
    await harness.stop();

    await harness.startBroker();
    await harness.reached(({ counts }) => counts.failure === COUNT);
    harness.faults.away.clear();
    harness.clock.skip(BACKOFF_MS);
    await harness.reached(({ counts }) => counts.failure === 0);
    const deadLetters = (await harness.deadLetters()).map(deadLetterOf);
    expect(deadLetters.map(({ id }) => id).sort()).toEqual(ids.sort());
    expect(new Set(starts)).toEqual(new Set(ids));
    expect(starts).toHaveLength(COUNT);
    expect((await harness.status()).ended.deadlettered).toBe(COUNT);
  });

  it("loses no retry and makes one of each, with attempts in order", async () => {
    await using harness = new InProcessHarness(environment);
    const runs = new Map<string, number[]>();
    const registry = handlersWith((what, { id, attempt, headers }) => {
      const root = headers.get("taskwire-root") ?? id;
      if (what === "started") runs.set(root, [...(runs.get(root) ?? []), attempt]);
    });
    await harness.startBroker();
    await harness.startWorker(registry, 16);
    harness.faults.away.add("work");
    const ids = Array.from({ length: COUNT }, (_, n) => `flaky-${n}`);
    await harness.send(ids.map((id) => ({ id, task: "faults.flaky", retry: times(3) })));
    await harness.reached(({ counts }) => counts.retry === COUNT);
    harness.clock.skip(60_000);
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect((await harness.status()).counts.retry).toBe(COUNT);
    harness.faults.away.clear();
    harness.clock.skip(BACKOFF_MS);
    await harness.reached(({ ended }) => ended.completed === COUNT);
    expect((await harness.status()).ended).toMatchObject({ completed: COUNT, retried: COUNT, deadlettered: 0 });
    expect([...runs.keys()].sort()).toEqual(ids.sort());
    for (const attempts of runs.values()) expect(attempts).toEqual([1, 2]);
  });
});

describe("a dead letter that is too large for its topic", () => {
  it("stays in the in-flight file, is reported, is not tried again and again, and goes after the next start", async () => {
    await using harness = new InProcessHarness(environment);
    await harness.startBroker();
    await harness.startWorker(
      handlersWith(() => {}),
      4,
    );
    harness.faults.largest.set("work-dlq", 1000);
    const failing = { task: "faults.dropped", retry: times(1) };
    await harness.send([
      { ...failing, id: "small-1" },
      { ...failing, id: "large", headers: new Map([["ballast", "x".repeat(2000)]]) },
      { ...failing, id: "small-2" },
    ]);
    await harness.reached(({ ended }) => ended.deadlettered === 2);
    const tried = harness.faults.tried.get("work-dlq") ?? 0;
    const refused = () => harness.said.filter(({ message }) => message.includes("rejected this record permanently"));
    expect(refused()).toMatchObject([{ fields: { id: "large" } }]);
    for (let minute = 0; minute < 10; minute += 1) {
      harness.clock.skip(60_000);
      await harness.status();
    }
    expect(harness.faults.tried.get("work-dlq")).toBe(tried);
    expect((await harness.status()).counts.failure).toBe(1);

    await harness.stop();
    harness.faults.largest.clear();
    await harness.startBroker();
    await harness.reached(({ counts }) => counts.failure === 0);
    expect((await harness.deadLetters()).map((letter) => deadLetterOf(letter).id).sort()).toEqual([
      "large",
      "small-1",
      "small-2",
    ]);
  });
});

describe("kill -9 between the log's acknowledgement and the deletion of the row", () => {
  const plan = (kind: "doomed" | "flaky"): Plan => [{ after: 0, work: [{ kind, count: 5 }] }];
  const run = async (harness: FaultHarness, failpoint: string, kind: "doomed" | "flaky") => {
    const broker = await harness.broker(failpoint);
    await harness.worker("--concurrency", "4", "--children", "1");
    await harness.producer(PRODUCER, [JSON.stringify(plan(kind))]).ended;
    await broker.ended;
    harness.killed("broker", broker.pid);
    await harness.serving();
    return harness.settled();
  };

  it("writes the dead letter again under the same key", async () => {
    await using harness = new FaultHarness(environment, HANDLERS);
    expect(await run(harness, "publish.deadletter-after=kill", "doomed")).toMatchObject({
      problems: [],
      deadlettered: 5,
    });
    // The letters alone are all there before the restarted broker writes again.
    const keys = await until(async () => {
      const deadLetters = await readDeadLetters(harness.processes);
      return deadLetters.length > 5 && deadLetters.map(({ key }) => key);
    });
    expect(new Set(keys).size).toBe(5);
  });

  it("appends the next run again under the same id, and it is dropped", async () => {
    await using harness = new FaultHarness(environment, HANDLERS);
    expect(await run(harness, "publish.retry-after=kill", "flaky")).toMatchObject({ problems: [], completed: 5 });
    await until(async () => {
      const { dropped } = await harness.processes.status();
      return (dropped.duplicate ?? 0) + (dropped.finished ?? 0) > 0;
    });
  });
});
