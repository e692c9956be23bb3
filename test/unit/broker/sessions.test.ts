import { describe, expect, it } from "vitest";
import { NO_RETRY_STATE } from "#runtime/activation/encoding/codec.js";
import { Sessions } from "#runtime/broker/dispatch/sessions.js";
import { Inflight } from "#runtime/broker/inflight/inflight.js";
import { DEFAULT_LIMITS } from "#runtime/broker/inflight/limits.js";
import { ManualClock } from "../worker/manual-clock.js";

/** Sessions of a machine, which hears of time and is never handed an activation that is not read. */
function start() {
  const clock = new ManualClock();
  const inflight = new Inflight(DEFAULT_LIMITS);
  const sessions: Sessions = new Sessions(
    {
      inflight,
      apply: (event) => {
        for (const effect of inflight.apply(event, clock.now()))
          if (effect.kind === "deliver") sessions.deliver(effect.session, effect.deliveries);
        sessions.applied();
      },
      durable: async () => {},
    },
    clock,
  );
  const pass = (milliseconds: number) => {
    clock.advance(milliseconds);
    inflight.apply({ kind: "tick" }, clock.now());
  };
  return { clock, inflight, sessions, pass };
}

const OFFER = { application: "app", worker: "w", tasks: [{ name: "t", hash: "" }], slots: 1, held: [] };

describe("the vitals of a worker", () => {
  it("are those of its last report, and gone with its session", async () => {
    const { clock, sessions } = start();
    const session = await sessions.open(OFFER, { deliver: () => {}, cancel: () => {}, lost: () => {} });
    expect(sessions.vitalsOf(session.id)).toBeUndefined();
    const report = { busy: 1, unstarted: 0, children: 2, deaths: 0, crashLoop: "", rss: 5, loopLag: 0 };
    session.vitals?.(report);
    session.vitals?.({ ...report, busy: 2 });
    expect(sessions.vitalsOf(session.id)).toEqual({ report: { ...report, busy: 2 }, at: clock.now() });
    sessions.lost(session.id, "gone");
    expect(sessions.vitalsOf(session.id)).toBeUndefined();
  });
});

describe("a worker that dies between opening its session and its stream", () => {
  const present = ({ inflight }: ReturnType<typeof start>) =>
    inflight.snapshot.sessions.some(({ lost, offers }) => !lost && offers.some(({ name }) => name === "t"));

  it("counts as present for 10 s, as one whose stream is gone, and no longer", () => {
    const harness = start();
    harness.sessions.admit(OFFER);
    harness.pass(9999);
    expect([present(harness), harness.inflight.sessionCount]).toEqual([true, 1]);
    harness.pass(1);
    expect([present(harness), harness.inflight.sessionCount]).toEqual([false, 0]);
  });

  it("holds the claims that it brought back for 10 s, then they go to others", async () => {
    const harness = start();
    const got: number[] = [];
    const first = await harness.sessions.open(OFFER, {
      deliver: (deliveries) => void got.push(...deliveries.map(({ claim }) => claim)),
      cancel: () => {},
      lost: () => {},
    });
    first.credit(1);
    const place = { topic: "T", partition: 0 };
    const log = { logId: "L", committed: 0, takenOver: false, first: 0, end: 1 };
    harness.inflight.apply({ kind: "assigned", ...place, ...log }, harness.clock.now());
    const head = {
      ...{ id: "a", namespace: "n", task: "t", application: "app", headers: new Map<string, string>(), deadline: 60 },
      ...{ receivedAt: harness.clock.now(), expires: undefined, delay: undefined },
      retry: { ...NO_RETRY_STATE },
    };
    const arrivals = [{ offset: 0, payload: new Uint8Array(1), head }];
    for (const effect of harness.inflight.apply({ kind: "arrived", ...place, arrivals }, harness.clock.now()))
      if (effect.kind === "deliver") harness.sessions.deliver(effect.session, effect.deliveries);
    const [claim = 0] = got;
    harness.sessions.lost(first.id, "its connection ended");
    expect(harness.sessions.admit({ ...OFFER, held: [{ claim, id: "a" }] }).valid).toEqual([claim]);
    harness.pass(9999);
    expect(harness.inflight.snapshot.counts).toMatchObject({ processing: 1, pending: 0 });
    harness.pass(1);
    expect(harness.inflight.snapshot.counts).toMatchObject({ processing: 0, pending: 1 });
  });

  it("leaves a token that opens nothing any more", () => {
    const harness = start();
    const { id, token } = harness.sessions.admit(OFFER);
    harness.pass(10_000);
    expect(() => harness.sessions.attach(id, token, { deliver: () => {}, cancel: () => {}, lost: () => {} })).toThrow(
      "open a new session",
    );
  });
});

it("sessions of made-up workers are refused beyond a bound, which lost ones count against until they are over", async () => {
  const harness = start();
  const open = (n: number) =>
    harness.sessions.open({ ...OFFER, worker: `w${n}` }, { deliver: () => {}, cancel: () => {}, lost: () => {} });
  for (let n = 0; n < 8192; n += 1) {
    const { id } = await open(n);
    if (n > 100) harness.sessions.lost(id, "its connection ended");
  }
  await expect(open(8192)).rejects.toMatchObject({ code: "sessions_full" });
  harness.pass(DEFAULT_LIMITS.sessionGrace);
  expect(harness.inflight.sessionCount).toBe(101);
  await open(8192);
});

it("an outcome whose activation is not read again yet holds up its own acknowledgement, not those behind it", async () => {
  const { clock, inflight, sessions } = start();
  const session = await sessions.open(
    { ...OFFER, held: [{ claim: 7, id: "handed out before the start" }] },
    { deliver: () => {}, cancel: () => {}, lost: () => {} },
  );
  expect(session.valid).toEqual([7]);
  const settled: string[] = [];
  const first = session.settle([{ kind: "complete", claim: 7 }]).then(() => settled.push("first"));
  await session.settle([{ kind: "complete", claim: 8 }]).then(() => settled.push("second"));
  expect(settled).toEqual(["second"]);
  clock.advance(DEFAULT_LIMITS.sessionGrace);
  inflight.apply({ kind: "tick" }, clock.now());
  sessions.applied();
  await first;
  expect(settled).toEqual(["second", "first"]);
});
