import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Scene } from "../support/harness/fault-harness.js";
import { until } from "../support/waiting.js";
import type { Plan } from "./fixtures/producer.js";
import { environment } from "./fixtures/tasks.js";

const FIXTURES = join(import.meta.dirname, "../../dist/test/fault/fixtures");
const HANDLERS = join(FIXTURES, "handlers.js");
const PRODUCER = join(FIXTURES, "producer.js");

const ROUNDS = process.env.TASKWIRE_FAULT_FULL === "1" ? 50 : 5;
const WORKER = ["--concurrency", "8", "--children", "1"] as const;
/** Of history before each stop: more than a hundred activations. */
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

const progress = (scene: Scene) => {
  const from = scene.history.size;
  return until(() => scene.history.size > from + PROGRESS_BYTES);
};

describe("SIGTERM under load", () => {
  it("ends broker and worker with exit code 0 within 10 s; nothing is lost and nothing runs twice", async () => {
    await using scene = new Scene(environment, HANDLERS);
    let broker = await scene.serving();
    let worker = await scene.worker(...WORKER);
    const producer = scene.producer(PRODUCER, [JSON.stringify(LOAD), "again"]);
    for (let round = 0; round < ROUNDS; round += 1) {
      await progress(scene);
      // Bed's stop() kills after 10 s, and then there is no exit code.
      expect(await broker.stop(), broker.said()).toBe(0);
      broker = await scene.serving();
      if (round % 2 === 0) continue;
      await progress(scene);
      const [code, next] = await Promise.all([worker.stop(), scene.worker(...WORKER)]);
      expect(code, worker.said()).toBe(0);
      worker = next;
    }
    await producer.stop();
    expect(await scene.settled()).toMatchObject({ problems: [], duplicated: 0 });
  }, 1_800_000);

  it("and once more ends the broker at once; nothing is lost", async () => {
    await using scene = new Scene(environment, HANDLERS);
    const broker = await scene.serving();
    await scene.worker(...WORKER);
    const producer = scene.producer(PRODUCER, [JSON.stringify(LOAD), "again"]);
    await progress(scene);
    broker.child.kill("SIGTERM");
    await until(() => broker.said().includes("broker stops"), 1);
    broker.child.kill("SIGTERM");
    await broker.ended;
    expect([0, 1]).toContain(broker.child.exitCode);
    scene.killed("broker", broker.pid);
    await scene.serving();
    await producer.stop();
    expect((await scene.settled()).problems).toEqual([]);
  });
});
