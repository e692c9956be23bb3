import { describe, expect, it } from "vitest";
import type { Vitals } from "#runtime/wire/session.js";
import { VitalsReport } from "#runtime/worker/observe/vitals.js";
import { ManualClock } from "./manual-clock.js";

describe("the vitals of a worker", () => {
  it("are reported every 5 s until it stops: what runs, its children, how the last one of a crash loop ended", () => {
    const clock = new ManualClock();
    const sent: Vitals[] = [];
    const stats = {
      running: 3,
      unstarted: 2,
      children: {
        list: [
          { rss: 1_000_000, lag: 12_345.6 },
          { rss: undefined, lag: undefined },
        ],
        deaths: 9,
        crashLoop: { cause: "exit code 1" },
      },
    };
    const report = new VitalsReport(
      clock,
      () => stats,
      (vitals) => sent.push(vitals),
    );
    clock.advance(4999);
    expect(sent).toEqual([]);
    clock.advance(5001);
    expect(sent).toHaveLength(2);
    expect(sent[0]).toMatchObject({
      busy: 3,
      unstarted: 2,
      children: 2,
      deaths: 9,
      crashLoop: "exit code 1",
      loopLag: 12_346,
    });
    expect(sent[0]?.rss).toBeGreaterThan(1_000_000);
    report.stop();
    clock.advance(60_000);
    expect(sent).toHaveLength(2);
  });
});
