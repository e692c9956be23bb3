import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FaultHarness } from "../support/harness/fault-harness.js";
import { randomOf } from "../support/random.js";
import { until } from "../support/waiting.js";
import type { Plan, Wave } from "./fixtures/producer.js";
import { environment } from "./fixtures/tasks.js";

const FIXTURES = join(import.meta.dirname, "../../dist/test/fault/fixtures");
const FULL = process.env.TASKWIRE_FAULT_FULL === "1";
/** The same kills again by TASKWIRE_FAULT_SEED. */
const SEED = Number(process.env.TASKWIRE_FAULT_SEED ?? Date.now() % 1_000_000);

const WAVE: Wave = {
  after: 10,
  work: [
    { kind: "quick", count: 60 },
    { kind: "once", count: 15 },
    { kind: "flaky", count: 10 },
    { kind: "slowOnce", count: 5 },
    { kind: "doomed", count: 3 },
    { kind: "dropped", count: 2 },
    { kind: "quick", count: 4, countdown: 1 },
    { kind: "slow", count: 1 },
  ],
};
const IN_WAVE = 100;
const COUNT = FULL ? 50_000 : 3000;
const KILLS = FULL ? 20 : 6;
/** What an activation leaves in the history, at least. */
const HISTORY_BYTES = 300;
const SLOTS = FULL ? 32 : 8;
/** Runs that a worker may have in hand: its slots, and what it holds back. */
const IN_HAND = SLOTS + 64;

describe("a storm of kills", () => {
  it(`of brokers, supervisors and children (seed ${SEED}): every activation is accounted, at-most-once work starts at most once`, async () => {
    const below = randomOf(SEED);
    await using harness = new FaultHarness(environment, join(FIXTURES, "handlers.js"));
    const start = () => harness.worker("--concurrency", String(SLOTS), "--children", "1");
    let broker = await harness.serving();
    const workers = await Promise.all([start(), start()]);
    const plan: Plan = Array.from({ length: COUNT / IN_WAVE }, () => WAVE);
    const producer = harness.producer(join(FIXTURES, "producer.js"), [JSON.stringify(plan)]);
    const share = (COUNT * HISTORY_BYTES) / (KILLS + 1);
    const victims = Array.from({ length: KILLS }, (_, n) => (["broker", "child", "supervisor"] as const)[n % 3]);
    for (const [number, victim] of victims
      .map((victim) => ({ victim, place: below(2 ** 30) }))
      .sort((one, other) => one.place - other.place)
      .map(({ victim }) => victim)
      .entries()) {
      const mark = share * (number + 0.5 + below(1000) / 1000);
      await until(() => harness.history.size > mark, 5);
      const at = below(workers.length);
      const [worker] = workers.slice(at);
      if (worker === undefined) throw new Error("there is no worker");
      switch (victim) {
        case "broker":
          broker = await harness.killBroker(broker);
          break;
        case "child":
          await harness.killChild(worker);
          break;
        case "supervisor":
          await harness.killWorker(worker);
          workers[at] = await start();
      }
    }
    await producer.ended;
    const { problems, accepted, duplicated } = await harness.settled();
    expect(problems, `seed ${SEED}`).toEqual([]);
    expect(accepted).toBe(COUNT);
    expect(duplicated).toBeLessThanOrEqual(KILLS * IN_HAND * workers.length);
    expect(await broker.stop(), broker.said()).toBe(0);
  }, 900_000);
});
