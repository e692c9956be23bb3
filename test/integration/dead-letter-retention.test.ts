import type { EnvironmentModel } from "taskwire/model";
import { describe, expect, test } from "vitest";
import { InProcessHarness } from "../support/harness/in-process-harness.js";
import { until } from "../support/waiting.js";

const DAY_MS = 86_400_000;
const ENVIRONMENT: EnvironmentModel = {
  name: "test",
  clusters: [{ name: "disk", kind: "sqlite", file: "log.db" }],
  topics: [
    {
      ...{ name: "work", cluster: "disk", partitions: 1, retry: "work" },
      ...{ deadLetter: "work-dlq", deadLetterRetention: 2 * DAY_MS },
    },
    { name: "other", cluster: "disk", partitions: 1, deadLetter: "other-dlq", retry: "other" },
  ],
  routes: [{ namespace: "*", topic: "work" }],
  pools: [
    {
      ...{ name: "default", topics: ["work", "other"], group: "group", maxPendingCount: 100 },
      ...{ maxProcessingCount: 100, maxProcessingAttempts: 5, maxProcessingDeadline: 60_000 },
    },
  ],
};

describe("dead letters on an embedded log", () => {
  test("are deleted when they are older than dead_letter_retention, and kept without end when that is not set", async () => {
    await using harness = new InProcessHarness(ENVIRONMENT);
    const log = await harness.log();
    const letters = { key: "work/0/1", value: Buffer.from("letter") };
    await log.append("work-dlq", [letters, letters]);
    await log.append("other-dlq", [letters]);
    await harness.startBroker();
    const first = async (topic: string) => (await log.partitions(topic))[0]?.first;
    harness.clock.skip(2 * DAY_MS + 3_600_000);
    await until(async () => (await first("work-dlq")) === 2);
    expect(await first("other-dlq")).toBe(0);
    expect(harness.said.filter(({ message }) => message.includes("dead letters"))).toEqual([]);
  });

  test("that cannot be deleted are reported with their topic, and are deleted by a later pass", async () => {
    await using harness = new InProcessHarness(ENVIRONMENT);
    const log = await harness.log();
    await log.append("work-dlq", [{ value: Buffer.from("letter") }]);
    harness.faults.away.add("work-dlq");
    await harness.startBroker();
    harness.clock.skip(3 * DAY_MS);
    const warning = await until(async () => harness.said.find(({ message }) => message.includes("old dead letters")));
    expect(warning.fields).toEqual({ topic: "work-dlq", error: "work-dlq is away" });
    harness.faults.away.clear();
    // The next pass may not be waiting yet.
    await until(async () => {
      harness.clock.skip(600_000);
      return (await log.partitions("work-dlq"))[0]?.first === 1;
    });
  });
});
