import { describe, expect, it } from "vitest";
import type { EndListener } from "#runtime/broker/inflight/end-listener.js";
import { MachineHarness } from "./machine-harness.js";

/** What the listener learned of each end, in order. */
function listening(limits: ConstructorParameters<typeof MachineHarness>[0] = {}) {
  const ends: object[] = [];
  const listener: EndListener = {
    ended: ({ facts, worker, claimedAt, ran, ending }, how, now) =>
      ends.push({
        id: facts.id,
        how,
        worker,
        held: claimedAt === 0 ? 0 : now - claimedAt,
        ran,
        reason: ending?.reason,
      }),
  };
  const harness = new MachineHarness(limits, {}, listener);
  harness.assign();
  return { ends, harness };
}

describe("the listener of ends", () => {
  it("learns of a completion with its worker, the time since its claim, and how long its handler ran", () => {
    const { ends, harness } = listening();
    harness.holdsOutcomes = true;
    harness.work("w", ["t"]);
    harness.arrive({ id: "a" });
    harness.now += 70;
    const [claim = 0] = harness.claimsOf("w");
    harness.apply({ kind: "outcomes", session: "w", outcomes: [{ kind: "complete", claim, ran: 60 }] });
    expect(ends).toEqual([{ id: "a", how: "completed", worker: "w", held: 70, ran: 60, reason: undefined }]);
  });

  it("learns of a failed run once: when it fails, not when its retry or dead letter is in the log", () => {
    const { ends, harness } = listening();
    harness.holdsOutcomes = true;
    harness.work("w", ["t"]);
    harness.arrive({ id: "again" }, { id: "letter", deadLetter: true }, { id: "gone" });
    const [again = 0, letter = 0, gone = 0] = harness.claimsOf("w");
    const why = { reason: "error", error: "thrown" };
    harness.apply({
      kind: "outcomes",
      session: "w",
      outcomes: [
        { kind: "retry", claim: again, ...why },
        { kind: "failure", claim: letter, ...why },
        { kind: "failure", claim: gone, ...why },
      ],
    });
    expect(harness.parts.counters.ends).toMatchObject({ retried: 1, deadlettered: 1, discarded: 1 });
    expect(ends).toMatchObject([
      { id: "again", how: "retry", worker: "w", reason: "error" },
      { id: "letter", how: "failure", worker: "w", reason: "error" },
      { id: "gone", how: "discarded", worker: "w", reason: "error" },
    ]);
  });

  it("learns which worker lost an activation that may run at most once", () => {
    const { ends, harness } = listening();
    harness.holdsOutcomes = true;
    harness.work("w", ["t"]);
    harness.arrive({ id: "once", atMostOnce: true });
    harness.apply({ kind: "closed", session: "w" });
    expect(ends).toMatchObject([{ id: "once", how: "discarded", worker: "w", reason: "worker_lost" }]);
  });

  it("learns of expiries and drops without a worker", () => {
    const { ends, harness } = listening();
    harness.arrive({ id: "late", expires: 1 }, { id: "dropped" });
    harness.tick(1001);
    harness.apply({ kind: "policy", policy: { judge: () => "drop" } });
    expect(ends).toMatchObject([
      { id: "late", how: "expired", worker: "", held: 0 },
      { id: "dropped", how: "killswitched", worker: "", held: 0 },
    ]);
  });

  it("does not count the time of a claim that was returned", () => {
    const { ends, harness } = listening();
    harness.holdsOutcomes = true;
    harness.work("w", ["t"], 1);
    harness.arrive({ id: "a" });
    harness.now += 500;
    harness.apply({ kind: "returned", session: "w", claims: harness.claimsOf("w") });
    expect(harness.parts.rows.get("a")?.claimedAt).toBe(0);
    harness.apply({ kind: "credit", session: "w", count: 1 });
    harness.now += 30;
    harness.complete("w", harness.claimsOf("w"));
    expect(ends).toMatchObject([{ id: "a", held: 30 }]);
  });
});
