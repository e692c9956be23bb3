import { addHooks, ConnectError, OptionError, ParameterError } from "taskwire";
import { expectDelayed, recordTasks, runTask, startTestBroker, testClock } from "taskwire/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { elsewhere, Flaky, feed, handlers, type OrderInput, shop } from "../support/tasks/kit-tasks.js";

const order: OrderInput = {
  id: 7,
  total: 2n ** 60n,
  placed: new Date("2026-01-02T03:04:05.678Z"),
  note: "mind the dog",
};

describe("a recording", () => {
  it("takes every call of the process, checked, and sends nothing; afterwards calls fail as they did before", async () => {
    const before = await shop.remind.delay({ n: 1 }).catch((error: unknown) => error);
    expect(before).toBeInstanceOf(ConnectError);
    {
      await using recorded = recordTasks();
      const { id } = await shop.place.delay(order, { countdown: "5m", expires: "1h", headers: { origin: "test" } });
      await shop.remind.delayMany([{ n: 1 }, { n: 2 }]);
      await feed.frame.delay({ bytes: Buffer.from("abc") });
      expect(recorded.calls(shop.place)).toMatchObject([
        {
          id,
          task: "shop.place",
          parameters: { ...order, items: [] },
          countdown: 300,
          expires: 3600,
          headers: { origin: "test" },
        },
      ]);
      expect(recorded.calls(shop.remind).map(({ parameters }) => parameters.n)).toEqual([1, 2]);
      expect(recorded.calls(feed.frame)[0]?.parameters.bytes).toEqual(new Uint8Array(Buffer.from("abc")));
      expect(recorded.all.map(({ task }) => task)).toEqual(["shop.place", "shop.remind", "shop.remind", "feed.frame"]);
    }
    await expect(shop.remind.delay({ n: 1 })).rejects.toBeInstanceOf(ConnectError);
  });

  it("refuses what production refuses", async () => {
    await using recorded = recordTasks();
    const wrong: unknown = { n: "7" };
    // @ts-expect-error: the compiler refuses it too
    await expect(shop.remind.delay(wrong)).rejects.toBeInstanceOf(ParameterError);
    await expect(shop.remind.delay({ n: 1 }, { countdown: "1.5s" })).rejects.toBeInstanceOf(OptionError);
    expect(recorded.all).toEqual([]);
  });

  it("waits at its end for calls that were begun", async () => {
    const recorded = recordTasks();
    void shop.remind.delay({ n: 1 });
    await recorded.close();
    expect(recorded.calls(shop.remind)).toHaveLength(1);
  });

  it("refuses a second one while it is open", async () => {
    await using _recorded = recordTasks();
    expect(() => recordTasks()).toThrow(/already go to a recording \(recordTasks\)/);
    await expect(startTestBroker({ handlers })).rejects.toThrow(/already go to a recording/);
  });

  it("returns the matching call, or shows all calls and the closest one", async () => {
    await using recorded = recordTasks();
    await shop.place.delay(order, { countdown: "5m" });
    await shop.place.delay({ ...order, id: 8, items: [{ sku: "tea", count: 2 }] });
    await shop.remind.delay({ n: 1 });
    expect(expectDelayed(shop.place, { items: [{ sku: "tea", count: 2 }] }).parameters.id).toBe(8);
    expect(recorded.expectDelayed(shop.place, { placed: order.placed }, { countdown: "300s" }).parameters.id).toBe(7);
    expect(recorded.expectDelayed(shop.place, { id: expect.any(Number) }).parameters.total).toBe(2n ** 60n);
    // @ts-expect-error: no such parameter
    expect(() => recorded.expectDelayed(shop.place, { identity: 7 })).toThrow();
    expect(() => recorded.expectDelayed(shop.place, { id: 9, note: "mind the dog" }, { countdown: "5m" })).toThrow(
      [
        'expected a recorded call of shop.place with { id: 9, note: "mind the dog" } and options { countdown: "5m" }',
        "found 2 calls of it, none of which matches:",
        '  { id: 7, total: 1152921504606846976n, placed: 2026-01-02T03:04:05.678Z, items: [], note: "mind the dog" }  (closest)',
        "    id: expected 9, got 7",
        '  { id: 8, total: 1152921504606846976n, placed: 2026-01-02T03:04:05.678Z, items: [{ sku: "tea", count: 2 }], note: "mind the dog" }',
        "    id: expected 9, got 8",
        "    countdown: expected 300, got undefined",
        "other tasks: shop.remind (1 call)",
      ].join("\n"),
    );
    expect(() => recorded.expectDelayed(shop.flaky)).toThrow(
      "found no call of shop.flaky\nother tasks: shop.place (2 calls), shop.remind (1 call)",
    );
  });

  it("is required: a check without one says that none is open", () => {
    expect(() => expectDelayed(shop.place)).toThrow(/call recordTasks\(\) before/);
  });
});

describe("a drain", () => {
  it("runs calls, the calls they make and what is due later, by a clock that is moved there", async () => {
    await using recorded = recordTasks({ clock: testClock("2026-01-01T00:00:00Z") });
    await shop.place.delay(order, { countdown: "1d" });
    const { runs } = await recorded.drain(handlers);
    expect(runs.map(({ task, kind }) => [task, kind])).toEqual([
      ["shop.place", "complete"],
      ["shop.confirm", "complete"],
      ["shop.remind", "complete"],
    ]);
    expect(runs[0]).toMatchObject({ result: "order 7" });
    expect(recorded.clock.date.toISOString()).toBe("2026-01-02T01:00:00.000Z");
    expect(recorded.all.map(({ task }) => task)).toEqual(["shop.place", "shop.confirm", "shop.remind"]);
    expect((await recorded.drain(handlers)).runs).toEqual([]);
  });

  it("follows retries by their policy", async () => {
    await using recorded = recordTasks();
    const start = recorded.clock.now();
    await shop.flaky.delay({ n: 1 });
    await shop.postponed.delay({ n: 1 });
    const { runs } = await recorded.drain(handlers);
    const of = (task: string) =>
      runs.filter((run) => run.task === task).map(({ attempt, kind }) => `${attempt} ${kind}`);
    expect(of("shop.flaky")).toEqual(["1 retry", "2 retry", "3 complete"]);
    expect(of("shop.postponed")).toEqual(["1 retry", "2 complete"]);
    expect(recorded.clock.now() - start).toBe(60_000);
  });

  it("throws what failed for good, with the first error as its cause, unless that is to be kept", async () => {
    await using recorded = recordTasks();
    await shop.broken.delay({ n: 1 });
    await shop.doomed.delay({ n: 1 });
    const error: unknown = await recorded.drain(handlers).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "drain_failures",
      message: expect.stringContaining("shop.doomed (run 2, attempts_exceeded): Flaky: always"),
    });
    expect(error).toHaveProperty("cause", new RangeError("broken"));
    await shop.doomed.delay({ n: 1 });
    const { failures } = await recorded.drain(handlers, { failures: "keep" });
    expect(failures).toMatchObject([
      { task: "shop.doomed", attempt: 2, deadLettered: true, error: new Flaky("always") },
    ]);
  });

  it("ends tasks that delay each other for ever, by name", async () => {
    await using recorded = recordTasks();
    await shop.endless.delay({ n: 1 });
    await expect(recorded.drain(handlers, { limit: 20 })).rejects.toMatchObject({
      code: "drain_limit",
      message: expect.stringMatching(/more than 20 runs[\s\S]*shop\.endless: \d+ runs/),
    });
  });

  it("names the application's own tasks that have no handler, and leaves another one's alone", async () => {
    await using recorded = recordTasks();
    await elsewhere.audit.delay({ n: 1 });
    expect((await recorded.drain(handlers)).runs).toEqual([]);
    await shop.remind.delay({ n: 1 });
    const none = { ...handlers, tasks: new Map([...handlers.tasks].filter(([name]) => name !== "shop.remind")) };
    await expect(recorded.drain(none)).rejects.toMatchObject({
      code: "no_handler",
      message: expect.stringContaining("shop.remind"),
    });
  });

  it("runs raw records", async () => {
    await using recorded = recordTasks();
    await feed.frame.delay({ bytes: Buffer.from("abc") });
    expect((await recorded.drain(handlers)).runs).toMatchObject([{ task: "feed.frame", kind: "complete", result: 3 }]);
  });
});

describe("a task run inline", () => {
  it("gives what the handler returned and what it delayed, and sends nothing", async () => {
    const run = await runTask(handlers, shop.place, order);
    expect(run).toMatchObject({ kind: "complete", result: "order 7" });
    expect(run.recorded.expectDelayed(shop.confirm, { n: 7 }).countdown).toBeUndefined();
  });

  it("passes parameters through the codec both ways", async () => {
    const run = await runTask((parameters) => parameters, shop.place, order);
    if (run.kind !== "complete") throw new Error(run.message);
    expect(run.result).toEqual({ ...order, items: [] });
    const wrong: unknown = { ...order, id: "7" };
    // @ts-expect-error: the compiler refuses it too
    await expect(runTask(() => {}, shop.place, wrong)).rejects.toBeInstanceOf(ParameterError);
  });

  it("judges errors by the task's policy and the attempt", async () => {
    expect(await runTask(handlers, shop.flaky, { n: 1 }, { attempt: 2 })).toMatchObject({
      kind: "retry",
      delay: 10,
      error: new Flaky("attempt 2"),
      message: "Flaky: attempt 2",
    });
    expect(await runTask(handlers, shop.doomed, { n: 1 }, { attempt: 2 })).toMatchObject({
      kind: "failure",
      reason: "attempts_exceeded",
      deadLettered: true,
    });
    expect(await runTask(handlers, shop.broken, { n: 1 })).toMatchObject({
      kind: "failure",
      reason: "error",
      deadLettered: true,
      error: new RangeError("broken"),
    });
    expect(await runTask(handlers, shop.postponed, { n: 1 })).toMatchObject({ kind: "retry", delay: 60 });
  });

  it("meets its deadline when the clock passes it", async () => {
    const clock = testClock();
    let begin: () => void = () => {};
    const started = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const hanging = (_: { n: number }, { signal }: { signal: AbortSignal }) => {
      begin();
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    };
    const run = runTask(hanging, shop.hanging, { n: 1 }, { clock });
    await started;
    clock.advance("30s");
    expect(await run).toMatchObject({ kind: "retry", error: { name: "ProcessingDeadlineExceeded" } });
  });

  it("is seen by an open recording, and keeps runs apart", async () => {
    await using recorded = recordTasks();
    const runs = await Promise.all([7, 8].map((id) => runTask(handlers, shop.place, { ...order, id })));
    expect(runs.map((run) => run.recorded.calls(shop.confirm).map(({ parameters }) => parameters.n))).toEqual([
      [7],
      [8],
    ]);
    expect(recorded.calls(shop.confirm)).toHaveLength(2);
  });

  it("has the headers that dispatch hooks add, as a call has", async () => {
    const remove = addHooks({ dispatch: () => ({ tenant: "acme" }) });
    try {
      const run = await runTask((_, { headers }) => headers.get("tenant"), shop.remind, { n: 1 });
      expect(run).toMatchObject({ kind: "complete", result: "acme" });
    } finally {
      remove();
    }
  });

  it("runs raw tasks", async () => {
    expect(await runTask(handlers, feed.frame, { bytes: Buffer.from("abcd") })).toMatchObject({ result: 4 });
  });
});

describe("fake timers of the runner", () => {
  afterEach(() => void vi.useRealTimers());

  it("do not hold up recordings and inline runs", async () => {
    vi.useFakeTimers();
    await using recorded = recordTasks();
    await shop.place.delay(order);
    expect(await runTask(handlers, shop.place, order)).toMatchObject({ kind: "complete" });
    expect(recorded.all).toHaveLength(2);
  });

  it("that replace the date only do not hold up a drain", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    await using recorded = recordTasks();
    await shop.flaky.delay({ n: 1 });
    expect((await recorded.drain(handlers)).runs).toHaveLength(3);
  });
});

describe("a test broker", () => {
  it("runs what is delayed to it, retries and dead letters included", async () => {
    await using broker = await startTestBroker({ handlers });
    await shop.place.delay(order);
    await broker.settled();
    expect(broker.runs.map(({ task }) => task)).toEqual(["shop.place", "shop.confirm"]);
    broker.clock.advance("59m");
    await broker.settled();
    expect(broker.runs).toHaveLength(2);
    broker.clock.advance("1m");
    await broker.settled();
    expect(broker.runs.map(({ task }) => task)).toEqual(["shop.place", "shop.confirm", "shop.remind"]);
    const { id } = await shop.doomed.delay({ n: 1 });
    await broker.drain({ failures: "keep" });
    expect(broker.deadLetters).toMatchObject([{ reason: "attempts_exceeded", attempts: 2, topic: "tasks-dlq" }]);
    expect(broker.runs.at(-2)).toMatchObject({ id, kind: "retry", attempt: 1 });
    expect((await broker.status())[0]?.ended).toMatchObject({ completed: 3, retried: 1, deadlettered: 1 });
  });

  it("passes deadlines by its clock", async () => {
    await using broker = await startTestBroker({ handlers });
    await shop.hanging.delay({ n: 1 });
    await vi.waitFor(async () => expect((await broker.status())[0]?.counts.processing).toBe(1), 120_000);
    broker.clock.advance("30s");
    await broker.settled();
    expect(broker.runs).toMatchObject([{ kind: "retry", error: { name: "ProcessingDeadlineExceeded" } }]);
  });

  it("drops what expired before it could start", async () => {
    await using broker = await startTestBroker({ handlers });
    await shop.remind.delay({ n: 1 }, { countdown: "1h", expires: "1m" });
    broker.clock.advance("3h");
    await broker.settled();
    expect(broker.runs).toEqual([]);
  });

  it("takes an environment with several pools, whatever its clusters are", async () => {
    const { clusters: _, pools, ...environment } = (await import("../integration/fixtures/tasks.js")).environment;
    const [pool] = pools;
    if (pool === undefined) throw new Error("no pool");
    const kafka = { name: "far", kind: "kafka" as const, brokers: ["nowhere:9092"], tls: false };
    const topic = (name: string) => ({
      name,
      cluster: "far",
      partitions: 4,
      deadLetter: `${name}-dlq`,
      retry: `${name}-retry`,
    });
    await using broker = await startTestBroker({
      handlers,
      environment: {
        ...environment,
        clusters: [kafka],
        topics: [topic("one"), topic("two")],
        routes: [
          { namespace: "feed", topic: "two" },
          { namespace: "*", topic: "one" },
        ],
        pools: [
          { ...pool, name: "first", topics: ["one"] },
          { ...pool, name: "second", topics: ["two"] },
        ],
      },
    });
    await shop.flaky.delayMany([{ n: 1 }, { n: 2 }, { n: 3 }]);
    const { runs } = await broker.drain();
    expect(runs.filter(({ kind }) => kind === "complete")).toHaveLength(3);
    expect((await broker.status()).map(({ pool }) => pool)).toEqual(["first", "second"]);
  });

  it("ends without running handlers, and calls fail as they did before", async () => {
    const broker = await startTestBroker({ handlers });
    await shop.hanging.delay({ n: 1 });
    await vi.waitFor(async () => expect((await broker.status())[0]?.counts.processing).toBe(1), 120_000);
    await broker.close();
    await expect(shop.remind.delay({ n: 1 })).rejects.toBeInstanceOf(ConnectError);
    await expect(broker.settled()).rejects.toMatchObject({ code: "closed" });
  });
});
