import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HandlerHarness } from "../support/harness/handler-harness.js";

const RETRY = { times: 3, timesExceeded: "deadletter", delay: 0, backoff: "fixed", jitter: 0 } as const;

let harness: HandlerHarness;

beforeEach(() => {
  harness = new HandlerHarness();
});

afterEach(() => harness[Symbol.asyncDispose]());

/** So many second copies were dropped. */
const dropped = (count: number) =>
  harness.local.shows((status) => (status.dropped.finished ?? 0) + (status.dropped.duplicate ?? 0) === count);

describe("an id that the caller chose", () => {
  it("runs once, sent again after it has ended, whatever its end and across a restart of the broker", async () => {
    const runs: string[] = [];
    const works = harness.task("works", {}, (_, task) => void runs.push(task.id));
    const fails = harness.task("fails", { retry: { ...RETRY, times: 1 } }, (_, task) => {
      runs.push(task.id);
      throw new Error("no");
    });
    await harness.start();
    await works.delay({}, { id: "order-1" });
    await fails.delay({}, { id: "order-2" });
    await harness.drained(2);
    await works.delay({}, { id: "order-1" });
    await dropped(1);
    await harness.restart();
    await works.delay({}, { id: "order-1" });
    await fails.delay({}, { id: "order-2" });
    await dropped(2);
    expect(runs.sort()).toEqual(["order-1", "order-2"]);
  });

  it("runs no second chain, sent again while it is retried and after that", async () => {
    const runs: (readonly [string, number])[] = [];
    const flaky = harness.task("flaky", { retry: { ...RETRY, delay: 30_000 } }, (_, task) => {
      runs.push([task.root, task.attempt]);
      if (task.attempt < 3) throw new Error("not yet");
    });
    await harness.start();
    await flaky.delay({}, { id: "order-7" });
    await harness.local.shows(({ counts, ended }) => ended.retried === 1 && counts.delayed === 1);
    await flaky.delay({}, { id: "order-7" });
    await dropped(1);
    await harness.skipDelay(1);
    await harness.skipDelay(2);
    await harness.drained(3);
    await flaky.delay({}, { id: "order-7" });
    await dropped(2);
    expect(runs).toEqual([
      ["order-7", 1],
      ["order-7", 2],
      ["order-7", 3],
    ]);
    const further = harness.local.said.filter(({ fields }) => fields.attempt === 2);
    expect(further.map(({ fields }) => fields.root)).toEqual(further.map(() => "order-7"));
    expect(further.length).toBeGreaterThan(0);
  });

  it("is still deduplicated while its chain of retries runs for days", async () => {
    const runs: number[] = [];
    const slow = harness.task("slow", { retry: { ...RETRY, delay: 72_000_000 } }, (_, task) => {
      runs.push(task.attempt);
      if (task.attempt < 3) throw new Error("not yet");
    });
    await harness.start();
    await slow.delay({}, { id: "order-9" });
    await harness.skipDelay(1);
    await harness.skipDelay(2);
    await harness.drained(3);
    // 40 h after the first run, a moment after the last.
    await slow.delay({}, { id: "order-9" });
    await dropped(1);
    expect(runs).toEqual([1, 2, 3]);
  });
});
