import { describe, expect, it } from "vitest";
import { diskOf, limitsOf, shareOf } from "../../../console/source/screens/brokers/limits.js";
import { topicFacts } from "../../../console/source/screens/brokers/topic-facts.js";
import { neverUsed, numbersOf, present } from "../../../console/source/screens/overview/numbers.js";
import { statusWith } from "../../support/status.js";

const LIMITS = {
  topic: "events",
  pending: 80,
  maxPendingCount: 100,
  processing: 10,
  maxProcessingCount: 10,
  delayed: 5,
  maxDelayCount: null,
  parked: 0,
  paused: [],
};

describe("the facts of brokers in the console", () => {
  it("say how near each limit is", () => {
    expect(limitsOf(LIMITS).map(({ name, level }) => [name, level])).toEqual([
      ["pending", "near"],
      ["processing", "full"],
      ["delayed", "free"],
    ]);
    expect(limitsOf(LIMITS).map(shareOf)).toEqual([0.8, 1, null]);
    expect(diskOf({ journal: { file: "f", bytes: 2, maxBytes: 8, commitAge: null } })).toMatchObject({ level: "free" });
    expect(shareOf({ value: 3, limit: 0 })).toBe(1);
  });

  it("join partitions, limits and what cannot be read by topic", () => {
    const failing = { code: "unreachable", message: "no answer", forMs: 9 } as const;
    const facts = topicFacts({
      topics: [
        { topic: "events", partition: 1, position: 7, lag: null, paused: false },
        { topic: "events", partition: 0, position: 5, lag: 4, paused: false },
        { topic: "mail", partition: 0, position: 5, lag: 4, paused: true },
      ],
      limits: [LIMITS],
      unreadable: [
        { topic: "events", partition: 1, ...failing },
        { topic: "away", partition: null, ...failing },
      ],
    });
    expect(facts.map(({ topic, lag, unreadable }) => [topic, lag, unreadable?.message])).toEqual([
      ["away", 0, "no answer"],
      ["events", null, undefined],
      ["mail", 4, undefined],
    ]);
    expect(facts[1]?.partitions.map(({ partition, unreadable }) => [partition, unreadable?.message])).toEqual([
      [0, undefined],
      [1, "no answer"],
    ]);
    expect(facts[1]?.limits).toBe(LIMITS);
  });
});

describe("the numbers of the overview", () => {
  const series = {
    step: 5,
    at: ["2026-01-01T00:00:00Z", "2026-01-01T00:00:05Z", "2026-01-01T00:00:10Z"],
    broker: {
      completed: [0, 10, 20],
      failed: [0, 0, 0],
      wait_p95: [40, 60, null],
      retried: [0, null, 0],
      expired: [0, 1, 0],
    },
    tasks: [],
    partial: [],
    worst: [],
  };

  it("are the mean of the newest points, the oldest age, and the last percentile that was measured", () => {
    const numbers = numbersOf(
      [statusWith({ oldestPending: 5 }), statusWith({ oldestPending: 9 }), statusWith()],
      series,
    );
    expect(numbers).toMatchObject({
      done: { value: 15 },
      failing: { value: 0 },
      oldest: { value: 9 },
      wait: { value: 60 },
    });
    expect(numbers.done.past).toEqual([0, 10, 20]);
  });

  it("are unknown without series and without waiting work", () => {
    const numbers = numbersOf([statusWith()], undefined);
    expect(Object.values(numbers).map(({ value }) => value)).toEqual([null, null, null, null]);
  });

  it("leave out series that were 0 all the time", () => {
    expect(present(series, ["completed", "retried", "expired", "failed"], ["failed"])).toEqual([
      "completed",
      "expired",
      "failed",
    ]);
  });

  it("are replaced by the first steps while no broker ever had work", () => {
    expect(neverUsed([statusWith(), statusWith()])).toBe(true);
    expect(neverUsed([statusWith(), statusWith({ ended: { ...statusWith().ended, completed: 1 } })])).toBe(false);
    expect(neverUsed([statusWith({ counts: { ...statusWith().counts, delayed: 1 } })])).toBe(false);
    expect(neverUsed([])).toBe(false);
  });
});
