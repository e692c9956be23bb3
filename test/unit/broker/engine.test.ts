import { describe, expect, it } from "vitest";
import type { ActivationHead } from "#runtime/activation/activation.js";
import { NO_RETRY_STATE } from "#runtime/activation/encoding/codec.js";
import { silentLogger } from "#runtime/base/logger.js";
import { BrokerFailedError } from "#runtime/broker/engine/broker-failed.js";
import { Engine, type EngineOutlets } from "#runtime/broker/engine/engine.js";
import { DEFAULT_LIMITS } from "#runtime/broker/inflight/limits.js";
import type { Recovered } from "#runtime/broker/inflight/persisted.js";
import type { JournalPort } from "#runtime/broker/journal/journal.js";
import { ManualClock } from "../worker/manual-clock.js";

const PLACE = { topic: "T", partition: 0 };

/** An engine over a journal that keeps nothing; `outlets` replace those that do nothing. */
function start(outlets: Partial<EngineOutlets> = {}, journal: Partial<JournalPort> = {}) {
  const clock = new ManualClock();
  const failures: unknown[] = [];
  const commits: number[] = [];
  const recovered: Recovered = {
    kind: "recovered",
    boot: 1,
    nextSeq: 1,
    partitions: [],
    rows: [],
    counted: [],
    nextDue: Number.POSITIVE_INFINITY,
    finished: { hashes: new BigUint64Array(0), until: new Float64Array(0) },
    rebuilt: [],
    workers: [],
  };
  const kept: JournalPort = {
    file: "",
    uuid: "",
    lineage: [],
    journalCommit: "",
    recovered,
    quarantine: undefined,
    commit: async ({ number }) => {
      commits.push(number);
      return undefined;
    },
    load: async () => ({ rows: [], complete: true, nextDue: Number.POSITIVE_INFINITY }),
    unpark: async () => [],
    page: async () => ({ rows: [], next: undefined }),
    find: async () => [],
    readControls: () => undefined,
    writeControls: async () => {},
    assigned: () => {},
    close: async () => {},
    ...journal,
  };
  const engine = new Engine(DEFAULT_LIMITS, kept, clock, silentLogger);
  engine.start({
    deliver: () => {},
    cancel: () => {},
    handOut: () => {},
    publish: () => {},
    applied: () => {},
    pause: () => {},
    resume: () => {},
    positions: () => {},
    written: () => {},
    failed: (error) => failures.push(error),
    ...outlets,
  });
  const assign = () =>
    engine.apply({ kind: "assigned", ...PLACE, logId: "L", committed: 0, takenOver: false, first: 0, end: 0 });
  const fetch = (fetch: number) =>
    engine.apply({ kind: "fetch", fetch, application: undefined, namespace: undefined, holdUntil: clock.now() });
  return { clock, engine, failures, commits, assign, fetch };
}

/** What the machine throws for: records of a partition that was never assigned. */
const IMPOSSIBLE = { kind: "arrived", topic: "never assigned", partition: 9, arrivals: [] } as const;

describe("the engine fails for good, once, and writes nothing more", () => {
  const broken = new Error("broken");
  const breaks = () => {
    throw broken;
  };

  it("when an outlet throws", async () => {
    const { engine, failures, fetch, commits, clock } = start({ handOut: breaks });
    await engine.durable(true);
    commits.length = 0;
    const waiting = [engine.durable(true)];
    fetch(1);
    waiting.push(engine.durable(true));
    fetch(2);
    clock.advance(60_000);
    expect(failures).toEqual([expect.any(BrokerFailedError)]);
    expect(failures).toMatchObject([{ code: "broker_failed", cause: broken }]);
    await expect(engine.durable(true)).rejects.toThrow("broken");
    expect([await waiting[0], commits, clock.timers]).toEqual([undefined, [], 0]);
    await expect(waiting[1]).rejects.toThrow("broken");
  });

  it("when the machine throws", async () => {
    const { engine, failures, assign, commits, clock } = start();
    await engine.durable(true);
    commits.length = 0;
    assign();
    const waiting = engine.durable(true);
    engine.apply(IMPOSSIBLE);
    await expect(waiting).rejects.toThrow("never assigned");
    engine.apply(IMPOSSIBLE);
    clock.advance(60_000);
    expect([failures.length, commits]).toEqual([1, []]);
  });

  it("when a listener of a commit throws", async () => {
    const { engine, failures, assign } = start({ written: breaks });
    assign();
    await expect(engine.durable(true)).rejects.toThrow("broken");
    expect(failures).toMatchObject([{ cause: broken }]);
  });

  it("when the journal throws", async () => {
    const { engine, failures, assign } = start({}, { commit: breaks });
    assign();
    await expect(engine.durable(true)).rejects.toThrow("broken");
    expect(failures).toMatchObject([{ cause: broken }]);
  });

  it("and stops all the same", async () => {
    const { engine, assign } = start({ written: breaks });
    assign();
    await expect(engine.durable(true)).rejects.toThrow("broken");
    await engine.stop();
  });
});

describe("what is reported of claimed work may be answered before it is on disk", () => {
  const working = (recordOf: { readonly atMostOnce: boolean }, commit?: JournalPort["commit"]) => {
    const started = start({}, commit === undefined ? {} : { commit });
    started.assign();
    started.engine.apply({
      kind: "arrived",
      ...PLACE,
      arrivals: [{ offset: 0, payload: new Uint8Array(), head: headOf(recordOf) }],
    });
    return started;
  };

  it("once it is claimed, if it may run again, and until it has ended", () => {
    const { engine, fetch } = working({ atMostOnce: false });
    expect([engine.mayRepeat("a"), engine.mayRepeat("unknown")]).toEqual([false, false]);
    fetch(1);
    expect(engine.mayRepeat("a")).toBe(true);
    engine.apply({
      kind: "concluded",
      conclusions: [{ id: "a", status: "complete", maxAttempts: undefined, delay: undefined }],
    });
    expect(engine.mayRepeat("a")).toBe(false);
  });

  it("never if it must run at most once", async () => {
    const { engine, fetch } = working({ atMostOnce: true });
    fetch(1);
    await engine.durable(true);
    expect(engine.mayRepeat("a")).toBe(false);
  });

  it("not while a commit takes more than 100 ms, nor while the disk takes none", async () => {
    let written = () => {};
    const { engine, clock, fetch } = working(
      { atMostOnce: false },
      () =>
        new Promise((resolve) => {
          written = () => resolve(undefined);
        }),
    );
    fetch(1);
    const durable = engine.durable();
    clock.advance(10);
    expect(engine.mayRepeat("a")).toBe(true);
    clock.advance(101);
    expect(engine.mayRepeat("a")).toBe(false);
    written();
    await durable;
    expect(engine.mayRepeat("a")).toBe(true);
    engine.stuck(true);
    expect(engine.mayRepeat("a")).toBe(false);
  });
});

function headOf({ atMostOnce }: { readonly atMostOnce: boolean }): ActivationHead {
  return {
    id: "a",
    namespace: "n",
    task: "n.t",
    application: "app",
    receivedAt: 1,
    deadline: 30,
    delay: undefined,
    expires: undefined,
    headers: new Map(),
    retry: { ...NO_RETRY_STATE, atMostOnce },
  };
}
