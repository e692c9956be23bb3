import { describe, expect, it } from "vitest";
import { Health } from "#runtime/broker/observe/health.js";
import { type HealthFacts, reasonsOf } from "#runtime/broker/observe/readiness.js";
import { ManualClock } from "../worker/manual-clock.js";

const WELL: HealthFacts = {
  now: 100_000,
  phase: "running",
  stalled: undefined,
  journal: { file: "/data/default.inflight.db", stuck: undefined, commitSince: undefined },
  clusters: [{ name: "local", assigned: true, reads: true }],
  unreadable: [],
  publishing: [],
  paused: [],
};

const codes = (facts: Partial<HealthFacts>) => reasonsOf({ ...WELL, ...facts }).map(({ code }) => code);

describe("the reasons why a broker is not ready", () => {
  it("are none for one that works", () => {
    expect(codes({})).toEqual([]);
  });

  it("name a file that takes no commits, and one whose commit takes more than 10 s", () => {
    const { journal } = WELL;
    expect(codes({ journal: { ...journal, commitSince: 90_000 } })).toEqual([]);
    expect(codes({ journal: { ...journal, commitSince: 89_000 } })).toEqual(["commit_slow"]);
    const [reason] = reasonsOf({ ...WELL, journal: { ...journal, stuck: "disk full", commitSince: 1 } });
    expect(reason).toEqual({
      code: "journal_stuck",
      message: "the in-flight file /data/default.inflight.db takes no commits: disk full",
    });
  });

  it("name a cluster that is not assigned, and a log that has refused records for more than 10 s", () => {
    expect(codes({ clusters: [{ name: "kafka", assigned: false, reads: true }] })).toEqual(["not_assigned"]);
    const problem = { topic: "work-dlq", waiting: 3, error: "refused" };
    expect(codes({ publishing: [{ ...problem, since: 95_000 }] })).toEqual([]);
    expect(codes({ publishing: [{ ...problem, since: 80_000 }] })).toEqual(["publishing_fails"]);
  });

  it("name a full disk, but no limit of counts: that is how a limit is meant to work", () => {
    expect(codes({ paused: [{ topic: "work", reason: "max_pending_count", message: "16 of 16 pending" }] })).toEqual(
      [],
    );
    expect(codes({ paused: [{ topic: "work", reason: "max_disk", message: "8 of 8 GiB" }] })).toEqual(["disk_full"]);
  });

  it("are several at once", () => {
    expect(codes({ phase: "stopping", clusters: [{ name: "kafka", assigned: false, reads: true }] })).toEqual([
      "stopping",
      "not_assigned",
    ]);
  });
});

describe("the health of a broker", () => {
  function start(facts: () => Partial<HealthFacts> = () => ({})) {
    const clock = new ManualClock();
    const health = new Health(clock, (stalled) => ({ ...WELL, now: clock.now(), stalled, ...facts() }));
    return { clock, health };
  }

  it("notifies listeners when it changes, and only then", () => {
    let phase: HealthFacts["phase"] = "running";
    const { clock, health } = start(() => ({ phase }));
    const heard: boolean[] = [];
    const end = health.onChange(() => heard.push(health.serving()));
    clock.advance(3000);
    expect(heard).toEqual([true]);
    phase = "stopping";
    clock.advance(3000);
    expect(heard).toEqual([true, false]);
    end();
    phase = "running";
    clock.advance(3000);
    expect(heard).toEqual([true, false]);
    health.stop();
    expect(clock.timers).toBe(0);
  });

  it("is bad for 5 s after the process stalled for longer than 10 s", () => {
    const { clock, health } = start();
    clock.advance(5000);
    clock.stand(30_000);
    expect(health.reasons()).toMatchObject([{ code: "stalled", message: expect.stringContaining("stalled for") }]);
    clock.advance(4000);
    expect(health.serving()).toBe(false);
    clock.advance(3000);
    expect(health.serving()).toBe(true);
  });

  it("is not bothered by a short pause", () => {
    const { clock, health } = start();
    clock.stand(9000);
    expect(health.serving()).toBe(true);
  });
});
