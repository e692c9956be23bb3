import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FaultHarness } from "../support/harness/fault-harness.js";
import { until } from "../support/waiting.js";
import type { Plan } from "./fixtures/producer.js";
import { environment } from "./fixtures/tasks.js";

const FIXTURES = join(import.meta.dirname, "../../dist/test/fault/fixtures");
const HANDLERS = join(FIXTURES, "handlers.js");
const PRODUCER = join(FIXTURES, "producer.js");

const ROUNDS = process.env.TASKWIRE_FAULT_FULL === "1" ? 50 : 5;
const WORKER = ["--concurrency", "8", "--children", "1"] as const;
/** Bytes of history before each stop: more than a hundred activations. */
const PROGRESS_BYTES = 40_000;

/** Over and over until the producer is stopped. */
const LOAD: Plan = [
  {
    after: 30,
    work: [
      { kind: "quick", count: 10 },
      { kind: "once", count: 4 },
      { kind: "slowOnce", count: 1 },
      { kind: "flaky", count: 1 },
      { kind: "doomed", count: 1 },
      { kind: "quick", count: 1, countdown: 1 },
    ],
  },
];

const progress = (harness: FaultHarness) => {
  const from = harness.history.size;
  return until(() => harness.history.size > from + PROGRESS_BYTES);
};

describe("SIGTERM under load", () => {
  it("ends broker and worker with exit code 0 within 10 s; nothing is lost and nothing runs twice", async () => {
    await using harness = new FaultHarness(environment, HANDLERS);
    let broker = await harness.serving();
    let worker = await harness.worker(...WORKER);
    const producer = harness.producer(PRODUCER, [JSON.stringify(LOAD), "again"]);
    for (let round = 0; round < ROUNDS; round += 1) {
      await progress(harness);
      // harness's stop() kills after 10 s, and then there is no exit code.
      expect(await broker.stop(), broker.said()).toBe(0);
      broker = await harness.serving();
      if (round % 2 === 0) continue;
      await progress(harness);
      const [code, next] = await Promise.all([worker.stop(), harness.worker(...WORKER)]);
      expect(code, worker.said()).toBe(0);
      worker = next;
    }
    await producer.stop();
    expect(await harness.settled()).toMatchObject({ problems: [], duplicated: 0 });
  }, 1_800_000);

  it("and once more ends the broker at once; nothing is lost", async () => {
    await using harness = new FaultHarness(environment, HANDLERS);
    const broker = await harness.serving();
    await harness.worker(...WORKER);
    const producer = harness.producer(PRODUCER, [JSON.stringify(LOAD), "again"]);
    await progress(harness);
    broker.child.kill("SIGTERM");
    await until(() => broker.said().includes("broker is stopping"), 1);
    broker.child.kill("SIGTERM");
    await broker.ended;
    expect([0, 1]).toContain(broker.child.exitCode);
    harness.killed("broker", broker.pid);
    await harness.serving();
    await producer.stop();
    expect((await harness.settled()).problems).toEqual([]);
  });
});
