import { describe, expect, it } from "vitest";
import { Resident } from "../support/harness/in-process-harness.js";
import { handlersWith } from "./fixtures/registry.js";
import { environment } from "./fixtures/tasks.js";

const COUNT = process.env.TASKWIRE_FAULT_FULL === "1" ? 100_000 : 20_000;
/** Beyond the memory window, so that the rows come back from the in-flight file. */
const DELAY_S = 600;

describe("very many activations that are due at once", () => {
  it("all run, once each, in the order in which they were sent", async () => {
    await using resident = new Resident(environment);
    const started: string[] = [];
    const registry = handlersWith((what, { id }) => {
      if (what === "started") started.push(id);
    });
    await resident.startBroker();
    const ids = Array.from({ length: COUNT }, (_, n) => `due-${n}`);
    const receivedAt = Math.floor(resident.clock.now());
    await resident.send(ids.map((id) => ({ id, receivedAt, delay: DELAY_S })));
    await resident.reached(({ counts }) => counts.delayed === COUNT);
    resident.clock.skip(DELAY_S * 1000);
    await resident.startWorker(registry, 64);
    await resident.reached(({ ended }) => ended.completed === COUNT);
    expect(started).toEqual(ids);
  }, 300_000);
});
