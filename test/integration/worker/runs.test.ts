import { describe, expect, it } from "vitest";
import { FakeBroker } from "./fake-broker.js";
import { eventually, files, outcome, start } from "./support.js";

for (const isolation of ["process", "none"] as const) {
  describe(`runs with isolation ${isolation}`, () => {
    const options = { isolation };

    it("complete and are reported as complete", async () => {
      const { broker, worker } = await start(options);
      const { log, lines } = files();
      const id = broker.add("t.echo", { log }, { attempts: 1 });
      expect(await outcome(broker, id)).toMatchObject({ kind: "complete" });
      expect(lines()[0]?.split(" ").slice(1)).toEqual([id, "2", "0"]);
      expect(worker.stats().finished).toEqual({ complete: 1, retry: 0, failure: 0, cancelled: 0 });
    });

    it("ask for a retry when the policy allows one, and fail when it does not", async () => {
      const { broker } = await start(options);
      const first = broker.add("t.fail", {}, { attempts: 0 });
      expect(await outcome(broker, first)).toMatchObject({
        kind: "retry",
        delay: 5,
        error: expect.stringContaining("no such thing"),
      });
      const last = broker.add("t.fail", {}, { attempts: 2 });
      expect(await outcome(broker, last)).toMatchObject({ kind: "failure", reason: "attempts_exceeded" });
      const plain = broker.add("t.fail_plain");
      const failed = await outcome(broker, plain);
      expect(failed).toMatchObject({ kind: "failure" });
      expect("error" in failed && Buffer.byteLength(failed.error)).toBeLessThanOrEqual(4096);
    });

    it("name an unknown task, bad parameters and bytes that are no activation", async () => {
      const { broker } = await start(options);
      const unknown = broker.add("t.nobody");
      const bad = broker.add("t.strict", { number: "7" });
      broker.addBytes("garbage", new Uint8Array([0xff, 0xff, 0xff]));
      expect(await outcome(broker, unknown)).toMatchObject({ kind: "failure", reason: "unknown_task" });
      expect(await outcome(broker, bad)).toMatchObject({
        kind: "failure",
        reason: "bad_parameters",
        error: 't.strict: number: expected int, got "7"',
      });
      expect(await outcome(broker, "garbage")).toMatchObject({ kind: "failure", reason: "undecodable" });
    });

    it("wait for their .delay() calls, and fail with the first failed one that nothing waits for", async () => {
      const { broker, worker } = await start(options);
      const { log, gate, lines, open } = files();
      const id = broker.add("t.forgets_await", { log, gate });
      const failing = broker.add("t.delay_fails");
      expect(await outcome(broker, failing)).toMatchObject({
        kind: "failure",
        error: expect.stringContaining("append failed"),
      });
      expect(worker.stats().running).toBe(1);
      open();
      expect(await outcome(broker, id)).toMatchObject({ kind: "complete" });
      expect(lines()).toEqual(["delayed"]);
    });

    it("complete when the handler caught a failed .delay() call", async () => {
      const { broker } = await start(options);
      expect(await outcome(broker, broker.add("t.delay_caught"))).toMatchObject({ kind: "complete" });
    });

    it("are reported when their handler exceeds its deadline, and free their slot", async () => {
      const { broker } = await start({ ...options, concurrency: 1 });
      const began = performance.now();
      const hanging = broker.add("t.hang", {}, { deadline: 200 });
      const next = broker.add("t.echo");
      expect(await outcome(broker, hanging)).toMatchObject({ kind: "retry" });
      expect(await outcome(broker, next)).toMatchObject({ kind: "complete" });
      expect(performance.now() - began).toBeGreaterThanOrEqual(200);
      const last = broker.add("t.hang", {}, { deadline: 100, attempts: 2 });
      expect(await outcome(broker, last)).toMatchObject({ kind: "failure", reason: expect.stringMatching(/exceeded/) });
    });

    it("have their signal aborted at the deadline with the reason", async () => {
      const { broker } = await start(options);
      const { log, lines } = files();
      const id = broker.add("t.heed", { log }, { deadline: 100 });
      expect(await outcome(broker, id)).toMatchObject({ kind: "failure", reason: "deadline_exceeded" });
      await eventually(() => expect(lines()).toEqual(["ProcessingDeadlineExceeded"]));
    });

    it("report their start to the broker only when they take longer than 100 ms", async () => {
      const { broker } = await start(options);
      const { log, gate, open } = files();
      const quick = broker.add("t.echo");
      await outcome(broker, quick);
      const long = broker.add("t.gated", { log, gate });
      await eventually(() => expect(broker.started).toHaveLength(1));
      const [started] = broker.started;
      expect(broker.idOf(started?.claim ?? 0)).toBe(long);
      expect(started?.since).toBeGreaterThanOrEqual(100);
      open();
      await outcome(broker, long);
    });
  });
}

describe("a child process", () => {
  it("fails the run whose failed .delay() call ends in a promise that nothing handles", async () => {
    const { broker } = await start();
    expect(await outcome(broker, broker.add("t.delay_floats"))).toMatchObject({
      kind: "failure",
      error: expect.stringMatching(/^Error: append failed\n/),
    });
  });
});

describe("slots", () => {
  it("never takes more than its slots while runs are long", async () => {
    const { broker, worker } = await start({ concurrency: 3, children: 2 });
    const { log, gate, lines, open } = files();
    for (let index = 0; index < 10; index += 1) broker.add("t.gated", { log, gate });
    await eventually(() => expect(lines()).toHaveLength(3));
    expect(worker.stats()).toMatchObject({ running: 3, unstarted: 0 });
    expect(broker.queued).toBe(7);
    open();
    await eventually(() => expect(broker.outcomes.size).toBe(10));
    expect(new Set(lines().map((line) => line.split(" ")[0])).size).toBe(2);
  });

  it("splits its credit among brokers", async () => {
    const broker = new FakeBroker();
    const other = new FakeBroker();
    const second = await start({
      concurrency: 4,
      sessions: [
        { name: "one", port: broker },
        { name: "two", port: other },
      ],
    });
    await eventually(() => expect([broker.connected, other.connected]).toEqual([true, true]));
    for (let index = 0; index < 50; index += 1) {
      broker.add("t.echo");
      other.add("t.echo");
    }
    await eventually(() => expect([broker.outcomes.size, other.outcomes.size]).toEqual([50, 50]));
    expect(second.worker.stats().finished.complete).toBe(100);
  });

  it("hands its environment to the children", async () => {
    const { broker } = await start({ environment: { TASKWIRE_ENV: "test" } });
    const { log, lines } = files();
    await outcome(broker, broker.add("t.environment", { log }));
    expect(lines()).toEqual(["test"]);
  });
});
