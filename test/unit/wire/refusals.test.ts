import { describe, expect, it } from "vitest";
import { silentLogger } from "#runtime/base/logger.js";
import { Refusals } from "#runtime/wire/server/refusals.js";
import { ManualClock } from "../worker/manual-clock.js";

describe("refused calls", () => {
  it("are counted by address, without the port, and cause, the last one first", () => {
    const clock = new ManualClock();
    const refusals = new Refusals(clock, silentLogger);
    refusals.add("unsigned", "/a/B", "10.0.0.1:1111");
    refusals.add("unsigned", "/a/B", "10.0.0.1:2222");
    const later = clock.now() + 500;
    clock.advance(500);
    refusals.count("push-only", "[::1]:3333");
    expect(refusals.counted).toEqual([
      { peer: "[::1]", cause: "push-only", count: 1, at: later },
      { peer: "10.0.0.1", cause: "unsigned", count: 2, at: later - 500 },
    ]);
  });

  it("are counted for the 64 pairs that were refused last, with causes cut", () => {
    const refusals = new Refusals(new ManualClock(), silentLogger);
    for (let peer = 0; peer < 1000; peer += 1) {
      refusals.count("x".repeat(100_000), `10.0.0.${peer}:1`);
      refusals.count("again", "first:1");
    }
    expect(refusals.counted).toHaveLength(64);
    expect(refusals.counted[0]).toMatchObject({ peer: "first", count: 1000 });
    expect(refusals.counted[1]?.peer).toBe("10.0.0.999");
    expect(Math.max(...refusals.counted.map(({ cause }) => cause.length))).toBeLessThan(310);
  });
});
