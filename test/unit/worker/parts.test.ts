import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cutError,
  decodeFromBroker,
  decodeOpenRequest,
  encodeFromBroker,
  encodeOpenRequest,
  SessionProtocolError,
} from "#runtime/wire/codec/session-codec.js";
import { decodeFromWorker, encodeFromWorker } from "#runtime/wire/codec/worker-message-codec.js";
import { BrokerMessage } from "#runtime/wire/proto/taskwire.js";
import { Deadlines } from "#runtime/worker/child/deadlines.js";
import { isFromChild } from "#runtime/worker/child/message-checks.js";
import { packOrders, unpackOrders } from "#runtime/worker/child/packed-orders.js";
import { Prefetch } from "#runtime/worker/supervisor/prefetch.js";
import { ManualClock } from "./manual-clock.js";

describe("Deadlines", () => {
  it("report each deadline once, in time, and none that was deleted", () => {
    const clock = new ManualClock();
    const passed: string[] = [];
    const deadlines = new Deadlines<string>(clock, (key) => passed.push(key));
    deadlines.add("late", clock.now() + 500);
    deadlines.add("early", clock.now() + 100);
    deadlines.add("gone", clock.now() + 50);
    deadlines.delete("gone");
    clock.advance(99);
    expect(passed).toEqual([]);
    clock.advance(1);
    expect(passed).toEqual(["early"]);
    clock.advance(400);
    expect(passed).toEqual(["early", "late"]);
    expect(clock.timers).toBe(0);
  });
});

describe("Prefetch", () => {
  it("holds back a batch of quick runs, and nothing of unknown or long ones", () => {
    const prefetch = new Prefetch(8);
    expect(prefetch.count()).toBe(0);
    prefetch.ended(0.1);
    expect(prefetch.count()).toBe(64);
    prefetch.stalled();
    expect(prefetch.count()).toBe(0);
    prefetch.ended(10_000);
    expect(prefetch.count()).toBe(0);
    const middling = new Prefetch(8);
    middling.ended(20);
    expect(middling.count()).toBe(8);
  });
});

describe("orders over IPC", () => {
  it("come out as they went in", () => {
    const orders = [
      { run: 1, order: 7, activation: new Uint8Array([1, 2]), deadline: 10 },
      { run: 2, order: 8, activation: new Uint8Array(), deadline: 20 },
      { run: 3, order: 9, activation: new Uint8Array([3]), deadline: 30 },
    ];
    expect(
      unpackOrders(packOrders(orders)).map((each) => ({ ...each, activation: new Uint8Array(each.activation) })),
    ).toEqual(orders);
  });
});

describe("messages of a child", () => {
  const report = { kind: "report", started: [1], completed: [2], ran: [1], ended: [], interrupted: [], late: [] };
  const result = { kind: "retry", reason: "error", error: "thrown", delay: 3 };

  it("are taken with all their parts", () => {
    for (const message of [
      report,
      { ...report, unknownKeys: 1, ended: [{ run: 3, result, stillRunning: false }] },
      { ...report, ended: [{ run: 3, result: { kind: "complete" }, stillRunning: false }] },
      { ...report, ended: [{ run: 3, result: { kind: "cancelled", error: "" }, stillRunning: true }] },
      { kind: "ready", registry: { application: "a", tasks: [] } },
      { kind: "exiting", run: 1 },
    ])
      expect(isFromChild(message)).toBe(true);
  });

  it("that a handler made up are none when an element is not what it must be", () => {
    for (const message of [
      { ...report, started: ["1"] },
      { ...report, ended: [null] },
      { ...report, ended: [{ run: 3 }] },
      { ...report, ended: [{ run: 3, result: { kind: "lost" }, stillRunning: false }] },
      { ...report, ended: [{ run: 3, result: { ...result, error: undefined }, stillRunning: false }] },
      { ...report, ended: [{ run: 3, result: { kind: "cancelled" }, stillRunning: false }] },
      { ...report, unknownKeys: "many" },
      { kind: "ready", registry: { tasks: [] } },
      { kind: "exiting", run: {} },
    ])
      expect(isFromChild(message)).toBe(false);
  });
});

describe("messages of a broker", () => {
  const message = fc.record({
    deliveries: fc.array(fc.record({ claim: fc.maxSafeNat(), activation: fc.uint8Array(), deadline: fc.nat() })),
    acknowledged: fc.maxSafeNat(),
    alone: fc.array(fc.maxSafeNat()),
    cancelled: fc.array(fc.maxSafeNat()),
  });

  it("are what the generated code reads, and are read as they were written", () => {
    fc.assert(
      fc.property(message, (given) => {
        const bytes = encodeFromBroker(given);
        const read = decodeFromBroker(bytes);
        const plain = ({ claim, activation, deadline }: (typeof read.deliveries)[number]) => ({
          claim,
          activation: new Uint8Array(activation),
          deadline,
        });
        expect({ ...read, deliveries: read.deliveries.map(plain) }).toEqual(given);
        const generated = BrokerMessage.decode(bytes);
        expect(generated.deliveries.map(({ claim }) => Number(claim))).toEqual(
          given.deliveries.map(({ claim }) => claim),
        );
        expect(Number(generated.acknowledged)).toBe(given.acknowledged);
        expect(generated.acknowledgedAlone.map(Number)).toEqual(given.alone);
        expect(generated.cancelled.map(Number)).toEqual(given.cancelled);
      }),
    );
  });

  it("that are cut off are refused by name", () => {
    const bytes = encodeFromBroker({
      deliveries: [{ claim: 1, activation: new Uint8Array(50), deadline: 9 }],
      acknowledged: 3,
      alone: [],
      cancelled: [],
    });
    expect(() => decodeFromBroker(bytes.subarray(0, 20))).toThrow(SessionProtocolError);
  });
});

describe("messages of a worker", () => {
  const claim = fc.maxSafeNat();
  const ran = fc.option(fc.integer({ min: 1, max: 2 ** 32 - 1 }), { nil: undefined });
  const kinds = [
    { kind: "complete" },
    { kind: "cancelled", error: "its handler stopped" },
    { kind: "retry", reason: "error", error: "E", delay: 3, maxAttempts: 4 },
    { kind: "failure", reason: "error", error: "" },
  ] as const;
  const outcome = fc
    .record({ claim, ran, how: fc.oneof({ weight: 9, arbitrary: fc.constant(kinds[0]) }, fc.constantFrom(...kinds)) })
    .map(({ claim, ran, how }) => ({ ...how, claim, ...(ran === undefined ? {} : { ran }) }));
  const count = fc.nat();
  const vitals = fc.record({
    busy: count,
    unstarted: count,
    children: count,
    deaths: count,
    crashLoop: fc.string({ maxLength: 256 }),
    rss: fc.maxSafeNat(),
    loopLag: count,
  });

  it("are read as they were written, with run times and vitals", () => {
    fc.assert(
      fc.property(fc.array(outcome), fc.option(vitals, { nil: undefined }), (outcomes, given) => {
        const message = {
          number: 1,
          credit: 2,
          started: [],
          outcomes,
          returned: [],
          draining: false,
          withdrawn: false,
          closing: false,
          ...(given === undefined ? {} : { vitals: given }),
        };
        expect(decodeFromWorker(encodeFromWorker(message))).toEqual(message);
      }),
    );
  });

  it("open a session with what the worker is, cut where it is long; an older worker says nothing of itself", () => {
    const offer = { application: "app", worker: "w", tasks: [], slots: 3, held: [] };
    const about = { host: "app1", pid: 17, version: "0.1.0", isolation: "process" } as const;
    expect(decodeOpenRequest(encodeOpenRequest({ ...offer, about }))).toEqual({ ...offer, about });
    expect(decodeOpenRequest(encodeOpenRequest(offer))).toEqual(offer);
    const long = decodeOpenRequest(encodeOpenRequest({ ...offer, about: { ...about, host: "h".repeat(1_000_000) } }));
    expect(long.about?.host.length).toBeLessThan(300);
  });
});

describe("cutError()", () => {
  it("keeps short strings and cuts long ones between characters", () => {
    expect(cutError("short")).toBe("short");
    for (const text of ["x".repeat(5000), "ü".repeat(3000), `a${"😀".repeat(2000)}`]) {
      const cut = cutError(text);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(4096);
      expect(Buffer.byteLength(cut)).toBeGreaterThan(4088);
      expect(text.startsWith(cut.slice(0, -1))).toBe(true);
    }
  });
});
