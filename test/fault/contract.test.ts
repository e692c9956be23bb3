import { describe, expect, it } from "vitest";
import { check, type Evidence } from "../support/contract/contract.js";
import type { Entry, Run } from "../support/contract/history.js";

const sent = (id: string, change: { atMostOnce?: boolean; notBefore?: number } = {}): Entry[] => [
  { what: "invoked", id, atMostOnce: false, notBefore: 0, at: 1000, ...change },
  { what: "accepted", id, at: 1010 },
];
const run = (what: Run["what"], id: string, at: number, change: Partial<Run> = {}): Run => ({
  what,
  id,
  root: id,
  attempt: 1,
  pid: 7,
  at,
  ...change,
});
const ran = (id: string, at = 2000, change: Partial<Run> = {}): Entry[] => [
  run("started", id, at, change),
  run("ended", id, at + 10, change),
];
const killed = (at: number, pid = 1): Entry => ({ what: "killed", who: "broker", pid, at });

function verdictOf(history: readonly (Entry | readonly Entry[])[], rest: Partial<Evidence> = {}) {
  return check({ history: history.flat(), deadLetters: [], discards: new Map(), ...rest });
}

describe("the checker of histories", () => {
  it("accepts one end each: completed, a chain of runs, dead-lettered, discarded, and what was never accepted", () => {
    const verdict = verdictOf(
      [
        ...["a", "b", "c", "d"].map((id) => sent(id)),
        sent("e").slice(0, 1),
        ran("a"),
        run("started", "b", 2000),
        ran("b2", 3000, { root: "b", attempt: 2 }),
      ],
      {
        deadLetters: [{ id: "c2", root: "c", reason: "error" }],
        discards: new Map([["d", "expired"]]),
      },
    );
    expect(verdict).toEqual({
      attempted: 5,
      accepted: 4,
      completed: 2,
      deadlettered: 1,
      discarded: 1,
      duplicated: 0,
      lost: [],
      problems: [],
    });
  });

  it("names what was accepted and has no end", () => {
    const verdict = verdictOf([sent("a"), run("started", "a", 2000)]);
    expect(verdict.lost).toEqual(["a"]);
    expect(verdict.problems).toEqual([expect.stringContaining("lost: a was accepted and has no end")]);
  });

  it("names what nobody sent, a run or a dead letter", () => {
    const verdict = verdictOf([ran("x")], { deadLetters: [{ id: "y", root: "y", reason: "error" }] });
    expect(verdict.problems).toEqual([expect.stringContaining("nobody sent x"), expect.stringContaining("sent y")]);
  });

  it("names what has two ends", () => {
    const verdict = verdictOf([sent("a"), ran("a")], { discards: new Map([["a", "expired"]]) });
    expect(verdict.problems).toEqual([expect.stringContaining("several ends of a: completed and discarded")]);
  });

  it("lets a dead letter win over a run whose process was killed", () => {
    const deadLetters = [{ id: "a", root: "a", reason: "worker_lost" }];
    expect(verdictOf([sent("a"), ran("a"), killed(3000, 7)], { deadLetters }).problems).toEqual([]);
    expect(verdictOf([sent("a"), ran("a"), killed(3000)], { deadLetters }).problems).toHaveLength(1);
  });

  it("names at-most-once work that started twice, a kill between or not", () => {
    const verdict = verdictOf([
      sent("a", { atMostOnce: true }),
      run("started", "a", 2000),
      killed(2500),
      ran("a", 3000),
    ]);
    expect(verdict.problems).toEqual([expect.stringContaining("a may start once")]);
  });

  it("names work that ran again without a kill in the middle, or long after its end", () => {
    const twice = [run("started", "a", 2000), ...ran("a", 3000)];
    expect(verdictOf([sent("a"), twice, killed(2500)])).toMatchObject({ duplicated: 1, problems: [] });
    expect(verdictOf([sent("a"), twice]).problems).toEqual([expect.stringContaining("no kill explains")]);
    expect(verdictOf([sent("a"), twice, killed(3500)]).problems).toHaveLength(1);
    expect(verdictOf([sent("a"), ran("a"), killed(9000), ran("a", 9500)]).problems).toHaveLength(1);
  });

  it("names a chain that forked, dead letters of two runs, and a start before its time", () => {
    const fork = [run("started", "a", 2000), ...["b", "c"].flatMap((id) => ran(id, 3000, { root: "a", attempt: 2 }))];
    expect(verdictOf([sent("a"), fork]).problems).toEqual([expect.stringContaining("the chain of a forked")]);
    const deadLetters = ["k", "l"].map((id) => ({ id, root: "a", reason: "error" }));
    expect(verdictOf([sent("a")], { deadLetters }).problems).toEqual([
      expect.stringContaining("of several runs: k, l"),
    ]);
    const early = verdictOf([sent("a", { notBefore: 2500 }), ran("a", 2400)]);
    expect(early.problems).toEqual([expect.stringContaining("a started 100 ms too early")]);
  });
});
