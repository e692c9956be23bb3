import { expect, it } from "vitest";
import { DEFAULT_LIMITS } from "#runtime/broker/inflight/events.js";
import { Inflight } from "#runtime/broker/inflight/inflight.js";
import { Sessions } from "#runtime/broker/sessions.js";
import { ManualClock } from "../worker/manual-clock.js";

it("an outcome whose activation is not read again yet holds up its own acknowledgement, not those behind it", async () => {
  const clock = new ManualClock();
  const inflight = new Inflight(DEFAULT_LIMITS);
  const sessions = new Sessions(
    {
      inflight,
      apply: (event) => {
        inflight.apply(event, clock.now());
        sessions.applied();
      },
      durable: async () => {},
    },
    clock,
  );
  const offer = { application: "app", worker: "w", tasks: [{ name: "t", hash: "" }], slots: 1 };
  const session = await sessions.open(
    { ...offer, held: [{ claim: 7, id: "handed out before the start" }] },
    { deliver: () => {}, lost: () => {} },
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
