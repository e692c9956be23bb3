import { describe, expect, it } from "vitest";
import { FakeBroker } from "./fake-broker.js";
import { eventually, files, outcome, start } from "./support.js";

describe("a session that is lost", () => {
  it("comes back with what was held; running handlers continue and run once", async () => {
    const { broker } = await start();
    const { log, gate, lines, open } = files();
    const id = broker.add("t.gated", { log, gate });
    await eventually(() => expect(lines()).toHaveLength(1));
    broker.lose();
    await eventually(() => expect(broker.offers).toHaveLength(2));
    expect(broker.offers[1]?.held.map((held) => held.id)).toEqual([id]);
    open();
    expect(await outcome(broker, id)).toMatchObject({ kind: "complete" });
    expect(lines()).toHaveLength(1);
    expect(await outcome(broker, broker.add("t.echo"))).toMatchObject({ kind: "complete" });
  });

  it("has its unacknowledged outcomes sent again by the next", async () => {
    const { broker, worker } = await start();
    broker.acknowledges = false;
    const id = broker.add("t.echo");
    await eventually(() => expect(worker.stats()).toMatchObject({ running: 0, finished: { complete: 1 } }));
    expect(broker.outcomes.size).toBe(0);
    broker.acknowledges = true;
    broker.lose();
    expect(await outcome(broker, id)).toMatchObject({ kind: "complete" });
    expect(worker.stats().finished.complete).toBe(1);
    await eventually(() => expect(worker.stats().sessions[0]?.held).toBe(0));
  });

  it("drops an outcome whose claim no longer counts, and says so", async () => {
    const { broker, worker } = await start();
    broker.acknowledges = false;
    const id = broker.add("t.echo");
    await eventually(() => expect(worker.stats()).toMatchObject({ running: 0, finished: { complete: 1 } }));
    broker.valid = () => [];
    broker.acknowledges = true;
    broker.lose();
    await eventually(() => expect(worker.stats()).toMatchObject({ dropped: 1, sessions: [{ held: 0 }] }));
    expect(broker.outcomes.has(id)).toBe(false);
  });

  it("aborts a running handler whose claim no longer counts", async () => {
    const { broker, worker } = await start();
    const { log, lines } = files();
    broker.add("t.heed", { log });
    await eventually(() => expect(worker.stats().running).toBe(1));
    await eventually(() => expect(broker.started).toHaveLength(1));
    broker.valid = () => [];
    broker.lose();
    await eventually(() => expect(lines()).toEqual(["ClaimLost"]));
    await eventually(() => expect(worker.stats()).toMatchObject({ running: 0, dropped: 1 }));
    expect(broker.outcomes.size).toBe(0);
  });

  it("is tried again while the broker refuses", async () => {
    const { broker } = await start();
    broker.refusals.push("not yet", "not yet");
    broker.lose();
    await eventually(() => expect(broker.offers).toHaveLength(4));
    expect(await outcome(broker, broker.add("t.echo"))).toMatchObject({ kind: "complete" });
  });
});

describe("several brokers", () => {
  it("get credit where work is: what one does not use is taken back for another", async () => {
    const [one, two] = [new FakeBroker(), new FakeBroker()];
    const sessions = [
      { name: "one", port: one },
      { name: "two", port: two },
    ];
    const { worker } = await start({ sessions });
    for (const [loaded, other] of [
      [one, two],
      [two, one],
      [one, two],
    ] as const) {
      const { log, gate, lines, open } = files();
      const ids = [1, 2, 3, 4, 5, 6].map(() => loaded.add("t.gated", { log, gate }));
      await eventually(() => expect(lines()).toHaveLength(4));
      expect(worker.stats().running).toBe(4);
      await eventually(() => expect(other.credit).toBeLessThanOrEqual(1));
      // Before any run has ended none is held back: no more is on its way than one for each broker. Later runs may have
      // been so short that some are.
      if (worker.stats().finished.complete === 0) {
        await eventually(() => expect(worker.stats().unstarted + loaded.credit + other.credit).toBeLessThanOrEqual(2));
      }
      open();
      for (const id of ids) expect(await outcome(loaded, id)).toMatchObject({ kind: "complete" });
    }
  });
});

describe("a worker that stops", () => {
  it("gives unstarted work back and waits for what runs", async () => {
    const { broker, worker } = await start({ concurrency: 1, drainGrace: 20_000 });
    // Quick runs first, so that work is held back.
    for (let index = 0; index < 200; index += 1) broker.add("t.echo");
    await eventually(() => expect(broker.outcomes.size).toBe(200));
    const { log, gate, lines, open } = files();
    const ids = [1, 2, 3].map(() => broker.add("t.gated", { log, gate }));
    await eventually(() => expect(worker.stats()).toMatchObject({ running: 1, unstarted: 2 }));
    await eventually(() => expect(lines()).toHaveLength(1));
    const stopped = worker.stop();
    expect(broker.drained).toBe(true);
    expect(broker.returned).toEqual(ids.slice(1));
    open();
    await stopped;
    expect(broker.outcomes.get(ids[0] ?? "")).toMatchObject({ kind: "complete" });
    expect(lines()).toHaveLength(1);
    expect(broker.connected).toBe(false);
    expect(worker.stats().children.pids).toEqual([]);
  });

  it("interrupts what runs at the end of the grace, and leaves it to the broker", async () => {
    const { broker, worker } = await start({ drainGrace: 50 });
    const { log, lines } = files();
    const heeds = broker.add("t.heed", { log });
    broker.add("t.hang");
    await eventually(() => expect(broker.started).toHaveLength(2));
    await worker.stop();
    expect(lines()).toEqual(["WorkerStopping"]);
    expect(broker.outcomes.has(heeds)).toBe(false);
    expect(broker.connected).toBe(false);
    expect(worker.stats().children.pids).toEqual([]);
  });

  it("keeps the claim of interrupted at-most-once work, also over a lost session, until its failure is acknowledged", async () => {
    const { broker, worker } = await start({ drainGrace: 0 });
    const { log, lines } = files();
    const id = broker.add("t.heed", { log }, { atMostOnce: true });
    await eventually(() => expect(broker.started).toHaveLength(1));
    broker.acknowledges = false;
    const stopped = worker.stop();
    await eventually(() => expect(worker.stats()).toMatchObject({ running: 0, finished: { failure: 1 } }));
    broker.acknowledges = true;
    broker.lose();
    await stopped;
    expect(broker.offers[1]?.held.map((held) => held.id)).toEqual([id]);
    expect(broker.outcomes.get(id)).toMatchObject({ kind: "failure", reason: "worker_lost" });
    expect(lines()).toEqual(["WorkerStopping"]);
  });

  it("returns work that waited a second for a slot", async () => {
    const { broker, worker } = await start({ concurrency: 1 });
    for (let index = 0; index < 200; index += 1) broker.add("t.echo");
    await eventually(() => expect(broker.outcomes.size).toBe(200));
    const { log, gate, open } = files();
    const [, waiting] = [1, 2].map(() => broker.add("t.gated", { log, gate }));
    await eventually(() => expect(broker.returned).toEqual([waiting]));
    expect(worker.stats()).toMatchObject({ running: 1, unstarted: 0 });
    open();
  });
});
