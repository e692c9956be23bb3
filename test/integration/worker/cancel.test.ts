import { describe, expect, it } from "vitest";
import { eventually, files, outcome, start } from "./support.js";

describe.each(["process", "none"] as const)("cancelled runs with isolation %s", (isolation) => {
  it("get their signal with the reason, and say when they stopped", async () => {
    const { broker, worker } = await start({ isolation });
    const { log, lines } = files();
    const id = broker.add("t.heed", { log });
    await eventually(() => expect(worker.stats().running).toBe(1));
    await eventually(() => expect(broker.started).toHaveLength(1));
    broker.cancel(id);
    const ended = await outcome(broker, id);
    expect(ended).toMatchObject({ kind: "cancelled" });
    expect(Object(ended).error).toMatch(/^the handler stopped \d\.\d s after the signal$/);
    expect(lines()).toEqual(["Cancelled"]);
    expect(worker.stats().finished).toEqual({ complete: 0, retry: 0, failure: 0, cancelled: 1 });
  });

  it("end as cancelled also when their handler returns normally or fails with a retry policy", async () => {
    const { broker } = await start({ isolation });
    const { log, gate, lines, open } = files();
    const { log: heard, lines: aborted } = files();
    const returns = broker.add("t.gated", { log, gate, heard });
    const fails = broker.add("t.gated_failing", { log, gate, heard });
    await eventually(() => expect(lines()).toHaveLength(2));
    broker.cancel(returns, fails);
    // A second notice changes nothing.
    broker.cancel(returns);
    // A handler that returns before it is notified has completed.
    await eventually(() => expect(aborted().sort()).toEqual([returns, fails].sort()));
    open();
    expect(Object(await outcome(broker, returns)).error).toMatch(/^the handler returned normally .* after the signal$/);
    expect(Object(await outcome(broker, fails)).error).toMatch(/^the handler failed .* after the signal: TypeError: /);
  });

  it("never start when they had not started", async () => {
    const { broker } = await start({ isolation, concurrency: 1 });
    const { log, gate, lines, open } = files();
    // Of quick runs more than one is requested.
    await Promise.all(Array.from({ length: 50 }, () => outcome(broker, broker.add("t.echo"))));
    const first = broker.add("t.gated", { log, gate });
    await eventually(() => expect(lines()).toHaveLength(1));
    const waiting = broker.add("t.echo", { log });
    await eventually(() => expect(broker.queued).toBe(0));
    broker.cancel(waiting);
    await eventually(() => expect(broker.returned).toEqual([waiting]));
    open();
    await outcome(broker, first);
    await outcome(broker, broker.add("t.echo", { log }));
    expect(lines().filter((line) => line.includes(` ${waiting} `))).toEqual([]);
  });

  it("that were reported before count as they ended", async () => {
    const { broker } = await start({ isolation });
    broker.acknowledges = false;
    const id = broker.add("t.echo");
    await eventually(() => expect(broker.reported).toEqual([id]));
    broker.cancel(id);
    broker.acknowledges = true;
    broker.lose();
    expect(await outcome(broker, id)).toMatchObject({ kind: "complete" });
  });
});

describe("a handler that does not heed its cancel", () => {
  it("in an endless loop is killed with its child, and runs beside it run again", async () => {
    const { broker, worker } = await start({ concurrency: 2 });
    const { log, gate, lines, open } = files();
    const beside = broker.add("t.gated", { log, gate });
    await eventually(() => expect(lines()).toHaveLength(1));
    const looping = broker.add("t.loop", { log }, { deadline: 600_000 });
    await eventually(() => expect(lines()).toHaveLength(2));
    const [child] = worker.stats().children.pids;
    broker.cancel(looping);
    expect(await outcome(broker, looping)).toEqual({
      kind: "cancelled",
      claim: 2,
      error: "the handler did not end within 5 s of the signal, and its child process was replaced",
    });
    open();
    expect(await outcome(broker, beside)).toMatchObject({ kind: "complete" });
    expect(worker.stats().children.pids).not.toContain(child);
  }, 60_000);

  it("but lets its process work is reported after 5 s, and its child is replaced", async () => {
    const { broker, worker } = await start({ concurrency: 2 });
    const hanging = broker.add("t.hang", {}, { deadline: 600_000 });
    await eventually(() => expect(broker.started).toHaveLength(1));
    const [child] = worker.stats().children.pids;
    broker.cancel(hanging);
    expect(Object(await outcome(broker, hanging)).error).toMatch(
      /^the handler had not ended \d\.\d s after the signal$/,
    );
    await eventually(() => expect(worker.stats().children.pids).not.toContain(child));
    expect(await outcome(broker, broker.add("t.echo"))).toMatchObject({ kind: "complete" });
  }, 60_000);

  it("behind one that blocks its child is returned without a start", async () => {
    const { broker } = await start({ concurrency: 2 });
    const { log, lines } = files();
    broker.add("t.loop", { log }, { deadline: 4000 });
    await eventually(() => expect(lines()).toHaveLength(1));
    const behind = broker.add("t.echo", { log });
    await eventually(() => expect(broker.queued).toBe(0));
    broker.cancel(behind);
    await eventually(() => expect(broker.returned).toEqual([behind]));
    expect(lines()).toHaveLength(1);
  }, 60_000);

  it("keeps its slot with isolation none, until it returns", async () => {
    const { broker, worker } = await start({ isolation: "none", concurrency: 1 });
    const { log, gate, lines, open } = files();
    const id = broker.add("t.gated", { log, gate }, { deadline: 600_000 });
    await eventually(() => expect(lines()).toHaveLength(1));
    broker.cancel(id);
    expect(await outcome(broker, id)).toMatchObject({ kind: "cancelled" });
    const next = broker.add("t.echo", { log });
    await eventually(() => expect(worker.stats().running).toBe(0));
    for (let look = 0; look < 50; look += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(lines()).toHaveLength(1);
    open();
    expect(await outcome(broker, next)).toMatchObject({ kind: "complete" });
  }, 60_000);
});
