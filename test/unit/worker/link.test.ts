import { Metadata, status } from "@grpc/grpc-js";
import { describe, expect, it, vi } from "vitest";
import { silentLogger } from "#runtime/base/logger.js";
import { CONSUMER } from "#runtime/wire/services.js";
import type { Outcome, SessionEvents, SessionOffer } from "#runtime/wire/session.js";
import { UnaryClient } from "#runtime/wire/unary-client.js";
import { Link } from "#runtime/worker/link/link.js";
import type { Runner } from "#runtime/worker/runner/runner.js";
import { Supervisor } from "#runtime/worker/supervisor/supervisor.js";
import { TaskFactsCache } from "#runtime/worker/supervisor/task-facts-cache.js";
import { anyBroker } from "#runtime/worker/transports/pull/port.js";
import { Admission } from "#runtime/worker/transports/push/admission.js";
import { PushSession } from "#runtime/worker/transports/push/session.js";
import { Reporter, settleByIds } from "#runtime/worker/transports/reporter.js";
import { ManualClock } from "./manual-clock.js";

const HOUR_MS = 3_600_000;
const NO_EVENTS: SessionEvents = { deliver: () => {}, cancel: () => {}, lost: () => {} };
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A link to a broker that acknowledges nothing; claims above 100 are of at-most-once work. */
async function linked(withoutClaims: boolean) {
  const clock = new ManualClock();
  const offers: SessionOffer[] = [];
  const sessions: SessionEvents[] = [];
  const locked: string[] = [];
  const givenBack: number[] = [];
  const link: Link = new Link({
    name: "broker",
    clock,
    log: silentLogger,
    offer: { application: "a", worker: "w", tasks: [], slots: 9 },
    idOf: ({ number }) => `id${number}`,
    taskOf: () => "t",
    atMostOnce: ({ number }) => number > 100,
    lock: {
      add: async (id) => {
        locked.push(id);
        return true;
      },
      close: async () => {},
    },
    events: { changed: () => {}, cancelled: () => {}, forgotten: () => {} },
    port: {
      open: async (offer, events) => {
        offers.push(offer);
        sessions.push(events);
        return {
          id: `session-${offers.length}`,
          valid: offer.held.map(({ claim }) => claim),
          ...(withoutClaims ? { withoutClaims: true } : {}),
          credit: () => {},
          withdraw: async () => {},
          started: () => {},
          settle: () => new Promise<void>(() => {}),
          giveBack: (claims) => {
            givenBack.push(...claims);
          },
          drain: async () => {},
          close: async () => {},
        };
      },
    },
  });
  link.connect();
  await turn();
  const deliver = (session: number, ...claims: number[]) =>
    sessions[session]?.deliver(claims.map((claim) => ({ claim, activation: new Uint8Array(), deadline: 1000 })));
  return { clock, link, offers, sessions, locked, givenBack, deliver };
}

describe("what a session delivers after its end", () => {
  it("is taken as what that session hands out, with the lock asked, when its broker knows no claims", async () => {
    const { clock, link, sessions, locked, deliver } = await linked(true);
    sessions[0]?.lost("test");
    deliver(0, 101);
    await turn();
    expect(locked).toEqual(["id101"]);
    clock.advance(100);
    await turn();
    expect(link.take(1)).toMatchObject([{ number: 101, local: true }]);
  });

  it("is left to a broker with claims, which gives it out again", async () => {
    const { clock, link, sessions, offers, deliver } = await linked(false);
    sessions[0]?.lost("test");
    deliver(0, 1);
    clock.advance(100);
    await turn();
    expect(offers[1]?.held).toEqual([]);
    expect(link.take(1)).toEqual([]);
  });
});

describe("outcomes that nobody acknowledges", () => {
  it("are dropped after an hour with their session, except those of at-most-once work", async () => {
    const { clock, link, offers, deliver } = await linked(false);
    link.grant(3);
    deliver(0, 1, 101, 2);
    const [first, once, last] = link.take(3);
    for (const claim of [first, once]) if (claim !== undefined) link.finish(claim, { kind: "complete" });
    clock.advance(HOUR_MS);
    expect(link.connected).toBe(true);
    if (last !== undefined) link.finish(last, { kind: "complete" });
    expect([link.connected, link.dropped]).toEqual([false, 1]);
    clock.advance(100);
    await turn();
    expect(offers[1]?.held.map(({ claim }) => claim)).toEqual([101, 2]);
  });
});

describe("work of a broker without claims", () => {
  it("that is given up is forgotten by its session", async () => {
    const { clock, link, givenBack, deliver } = await linked(true);
    link.grant(1);
    deliver(0, 1);
    clock.advance(1000);
    expect(link.take(1)).toEqual([]);
    expect([link.held, givenBack]).toEqual([0, [1]]);
  });

  it("does not start again when its time passed while it waited for a child", async () => {
    const { clock, link, deliver } = await linked(true);
    const supervisor = new Supervisor({
      slots: 1,
      clock,
      log: silentLogger,
      facts: new TaskFactsCache({ application: "a", tasks: [] }),
      recycle: () => {},
      startIsolated: () => {},
    });
    const runs: number[] = [];
    const runner = (): Runner => ({
      name: "child",
      slots: 1,
      run: (orders) => {
        runs.push(...orders.map(({ run }) => run));
      },
      abort: () => {},
      end: () => {},
      kill: () => {},
    });
    supervisor.addLink(link);
    const first = runner();
    supervisor.addRunner(first);
    await turn();
    deliver(0, 1);
    supervisor.schedule();
    await turn();
    expect(runs).toHaveLength(1);
    supervisor.gone(first, { how: "killed", asked: false, culprit: undefined, outside: true });
    expect(supervisor.running).toBe(1);
    const idle = supervisor.idle();
    clock.advance(1000);
    supervisor.addRunner(runner());
    await idle;
    expect([runs.length, supervisor.running, link.held, link.dropped]).toEqual([1, 0, 0, 1]);
  });

  it("never has an outcome sent for an id that is not known", async () => {
    const sent: string[] = [];
    const reporter = new Reporter(
      {
        clock: new ManualClock(),
        most: 9,
        send: async (updates) => {
          sent.push(...updates.map(({ id }) => id));
        },
        failed: () => {},
      },
      1,
    );
    const ids = new Map([
      [1, "known"],
      [2, ""],
    ]);
    await settleByIds(ids, reporter, [complete(1), complete(2)]);
    expect([sent, ids.size]).toEqual([["known"], 0]);
    await expect(settleByIds(ids, reporter, [complete(3)])).rejects.toMatchObject({ code: "session_ended" });
  });

  it("has each outcome sent until it is acknowledged, though another of its batch is not known to the broker", async () => {
    const clock = new ManualClock();
    const client = new UnaryClient("127.0.0.1:1", {});
    const tries = { one: 0, two: 0 };
    vi.spyOn(client, "call").mockImplementation(async (method, body) => {
      const fail = (code: status): never => {
        throw Object.assign(new Error("test"), { code, details: "", metadata: new Metadata() });
      };
      if (method === CONSUMER.SetBatchActivationStatus) return fail(status.UNIMPLEMENTED);
      const name = body.includes("one") ? "one" : "two";
      tries[name] += 1;
      if (name === "one") return fail(status.NOT_FOUND);
      await turn();
      return tries.two === 1 ? fail(status.UNAVAILABLE) : Buffer.alloc(0);
    });
    const held = [
      { claim: 1, id: "one" },
      { claim: 2, id: "two" },
    ];
    const session = new PushSession({
      client,
      admission: new Admission(clock),
      clock,
      log: silentLogger,
      offer: { application: "a", worker: "w", tasks: [], slots: 1, held },
      events: NO_EVENTS,
      ended: async () => {},
    });
    let settled = false;
    const over = session.settle([complete(1), complete(2)]).then(() => {
      settled = true;
    });
    await vi.waitFor(() => expect(clock.timers).toBe(1), 120_000);
    expect(settled).toBe(false);
    clock.advance(1000);
    await over;
    expect(tries.two).toBe(2);
    client.close();
  });

  it("keeps no channel open when the broker cannot be reached", async () => {
    const close = vi.spyOn(UnaryClient.prototype, "close");
    const held = [{ claim: 2 ** 52 + 1, id: "pulled" }];
    const opened = anyBroker("127.0.0.1:1").open(
      { application: "a", worker: "w", tasks: [], slots: 1, held },
      NO_EVENTS,
    );
    await expect(opened).rejects.toThrow();
    // The one for the stream, and the one for outcomes of what was pulled.
    expect(close).toHaveBeenCalledTimes(2);
    close.mockRestore();
  });
});

function complete(claim: number): Outcome {
  return { kind: "complete", claim };
}

describe("work that waited too long for a slot", () => {
  it("goes back with all that is newer, also what was on its way: nothing overtakes what the broker hands out again", async () => {
    const { clock, link, givenBack, deliver } = await linked(false);
    const handed = clock.now();
    link.grant(3);
    deliver(0, 1);
    clock.advance(900);
    deliver(0, 2);
    clock.advance(200);
    link.giveBackOlder(handed + 100);
    deliver(0, 3);
    await turn();
    link.giveBackOlder(handed + 100);
    expect([givenBack, link.unstarted, link.credit]).toEqual([[1, 2, 3], 0, 0]);
  });

  it("stays when it cannot be returned, and when none has waited that long", async () => {
    const old = await linked(true);
    old.link.grant(1);
    old.deliver(0, 1);
    old.link.giveBackOlder(old.clock.now() + 1);
    const young = await linked(false);
    young.link.grant(1);
    young.deliver(0, 1);
    young.link.giveBackOlder(young.clock.now());
    expect([old, young].map(({ link, givenBack }) => [link.unstarted, givenBack])).toEqual([
      [1, []],
      [1, []],
    ]);
  });
});
