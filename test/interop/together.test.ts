import { expect, it } from "vitest";
import { KAFKA_VERSION } from "../support/kafka/kafka-server.js";
import { until } from "../support/waiting.js";
import { describeInterop } from "./describe.js";
import { pictures, things } from "./generated/index.js";
import type { PythonProgram } from "./python.js";

await describeInterop(`both languages over Kafka ${KAFKA_VERSION}`, (startHarness) => {
  it("handlers send on to the other application, there and back, each by its external namespace", async () => {
    await using harness = await startHarness("");
    await harness.processes.broker();
    await harness.processes.worker();
    await harness.pullWorker();
    await Promise.all([things.relay.delay({ left: 4 }), pictures.relay.delay({ left: 3 })]);
    await harness.ended({ completed: 9 });
    const left = (task: string) =>
      harness
        .notes(task)
        .map(({ parameters }) => Number(parameters.left))
        .sort();
    expect(left("things.relay")).toEqual([0, 0, 2, 2, 4]);
    expect(left("pictures.relay")).toEqual([1, 1, 3, 3]);
  });

  it("schedulers of Python, two at once, start tasks of both applications, each slot once", async () => {
    await using harness = await startHarness("schedules");
    await harness.processes.broker();
    await harness.processes.worker();
    await harness.pullWorker();
    const schedulers = [harness.scheduler(), harness.scheduler()];
    const keys = [
      ["own:pictures:pictures.heartbeat:1", 4],
      ["theirs:things:things.heartbeat:1", 4],
      ["minutely:things:things.minutely:*_*_*_*_*", 1],
    ] as const;
    const grants = async (scheduler: PythonProgram | undefined) =>
      new Map(Object.entries(Object(await scheduler?.ask({}))).map(([key, count]) => [key, Number(count)]));
    await until(async () => {
      const [counts] = await Promise.all(schedulers.map(grants));
      return keys.every(([key, least]) => (counts?.get(key) ?? 0) >= least);
    });
    const [first, last] = schedulers;
    await first?.[Symbol.asyncDispose]();
    // Alone, it knows of every run.
    const granted = await grants(last);
    // Everything of theirs is in Kafka when they have ended.
    await last?.[Symbol.asyncDispose]();
    const total = [...granted.values()].reduce((sum, count) => sum + count, 0);
    await harness.ended({ completed: total });
    await until(async () => Object.values((await harness.processes.status()).counts).every((count) => count === 0));
    for (const [key] of keys) {
      const [, , task = ""] = key.split(":");
      expect(harness.notes(task)).toHaveLength(granted.get(key) ?? 0);
    }
    expect(new Set(harness.notes().map(({ id }) => id)).size).toBe(total);
  });
});
