import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FaultHarness } from "../support/harness/fault-harness.js";
import { InProcessHarness } from "../support/harness/in-process-harness.js";
import { randomOf } from "../support/random.js";
import { crowding, until } from "../support/waiting.js";
import type { Plan } from "./fixtures/producer.js";
import { handlersWith } from "./fixtures/registry.js";
import { environment } from "./fixtures/tasks.js";

const FIXTURES = join(import.meta.dirname, "../../dist/test/fault/fixtures");
const FULL = process.env.TASKWIRE_FAULT_FULL === "1";

const COUNT = FULL ? 5000 : 500;
const HOUR = 3600;
/** Two of them longer than the hour to which the taskbroker clamps, all of them far beyond the deadline of 1 s. */
const LONG_DELAYS = [90, 2 * HOUR, 30 * 24 * HOUR];
const STEP_MS = 500;
/** Later than this after its time is too late. */
const LATE_MS = 2000;

describe("delayed activations", () => {
  it("start once each, never early, at most 2 s late, over a restart; however long the delay is against the deadline", async () => {
    await using harness = new InProcessHarness(environment);
    const starts: { readonly id: string; readonly at: number }[] = [];
    const registry = handlersWith((what, { id }) => {
      if (what === "started") starts.push({ id, at: harness.clock.now() });
    });
    const below = randomOf(13);
    const delays = new Map<string, number>();
    for (let n = 0; n < COUNT; n += 1) delays.set(`short-${n}`, 20 + below(21));
    for (const delay of LONG_DELAYS) delays.set(`long-${delay}`, delay);
    await harness.startBroker();
    await harness.startWorker(registry, 16);
    const sentAt = harness.clock.now();
    const work = [...delays].map(([id, delay]) => ({ id, delay, deadline: 1 }));
    await harness.send(work);
    const acceptedAt = harness.clock.now();
    await harness.reached(({ counts }) => counts.delayed === work.length);

    /** Time passes in steps; whatever is due starts before the next one. */
    const pass = async (seconds: number) => {
      const end = harness.clock.now() + seconds * 1000;
      while (harness.clock.now() < end) {
        harness.clock.skip(STEP_MS);
        const passed = harness.clock.now() - acceptedAt;
        const due = [...delays.values()].filter((delay) => delay * 1000 <= passed).length;
        await until(() => starts.length >= due, 1);
      }
    };
    await pass(12);
    await harness.stop();
    harness.clock.skip(3000);
    await harness.startBroker();
    await harness.startWorker(registry, 16);
    await pass(30);
    expect(starts).toHaveLength(COUNT);
    for (const delay of LONG_DELAYS) {
      const early = sentAt + (delay - 5) * 1000 - harness.clock.now();
      harness.clock.skip(Math.max(0, early));
      await pass(15);
    }

    expect(starts.map(({ id }) => id).sort()).toEqual([...delays.keys()].sort());
    for (const { id, at } of starts) {
      const delay = (delays.get(id) ?? 0) * 1000;
      // Whole milliseconds travel.
      expect(at - sentAt, `${id} is not early`).toBeGreaterThanOrEqual(delay - 1);
      expect(at - acceptedAt, `${id} is not late`).toBeLessThanOrEqual(delay + LATE_MS * crowding());
    }
    // A start is visible before the broker has received its outcome.
    await harness.reached(({ counts }) => Object.values(counts).every((count) => count === 0));
    const { ended } = await harness.status();
    expect(ended).toMatchObject({ discarded: 0, deadlettered: 0, expired: 0 });
  });

  it("start once each and never early when the broker is killed in the middle of their delay", async () => {
    await using harness = new FaultHarness(environment, join(FIXTURES, "handlers.js"));
    const plan: Plan = [
      {
        after: 0,
        work: [
          { kind: "quick", count: 20, countdown: 4 },
          { kind: "once", count: 10, countdown: 4 },
        ],
      },
    ];
    const broker = await harness.serving();
    await Promise.all([
      harness.worker("--concurrency", "4", "--children", "1"),
      harness.producer(join(FIXTURES, "producer.js"), [JSON.stringify(plan)]).ended,
    ]);
    await until(async () => (await harness.processes.status()).counts.delayed === 30);
    await harness.killBroker(broker);
    expect(await harness.settled()).toMatchObject({ problems: [], accepted: 30, completed: 30, duplicated: 0 });
  });
});
