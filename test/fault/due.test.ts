import { describe, expect, it } from "vitest";
import { InProcessHarness } from "../support/harness/in-process-harness.js";
import { handlersWith } from "./fixtures/registry.js";
import { environment } from "./fixtures/tasks.js";

const COUNT = process.env.TASKWIRE_FAULT_FULL === "1" ? 100_000 : 20_000;
/** Beyond the memory window, so that the rows come back from the in-flight file. */
const DELAY_S = 600;

describe("very many activations that are due at once", () => {
  it("all run, once each, in the order in which they were sent", async () => {
    await using harness = new InProcessHarness(environment);
    const started: string[] = [];
    const registry = handlersWith((what, { id }) => {
      if (what === "started") started.push(id);
    });
    await harness.startBroker();
    const ids = Array.from({ length: COUNT }, (_, n) => `due-${n}`);
    const receivedAt = Math.floor(harness.clock.now());
    await harness.send(ids.map((id) => ({ id, receivedAt, delay: DELAY_S })));
    await harness.reached(({ counts }) => counts.delayed === COUNT);
    harness.clock.skip(DELAY_S * 1000);
    await harness.startWorker(registry, 64);
    await harness.reached(({ ended }) => ended.completed === COUNT);
    expect(started).toEqual(ids);
  }, 300_000);
});
