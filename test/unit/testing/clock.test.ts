import { testClock } from "taskwire/testing";
import { describe, expect, it } from "vitest";

describe("a test clock", () => {
  it("stands still until it is moved, and then starts what is due, in order", () => {
    const clock = testClock("2026-01-01T00:00:00Z");
    const began: string[] = [];
    clock.after(120_000, () => began.push("second"));
    clock.after(60_000, () => began.push("first"));
    const cancel = clock.after(60_000, () => began.push("cancelled"));
    cancel();
    clock.advance("59s");
    expect(began).toEqual([]);
    clock.advance("5m");
    expect(began).toEqual(["first", "second"]);
    expect(clock.date.toISOString()).toBe("2026-01-01T00:05:59.000Z");
  });

  it("never goes backwards", () => {
    const clock = testClock(new Date(5000));
    clock.moveTo(1000);
    expect(clock.now()).toBe(5000);
  });

  it("also starts what waits at its real time, without moving", async () => {
    const clock = testClock();
    const start = clock.now();
    await new Promise<void>((resolve) => {
      const keep = setInterval(() => {}, 1000);
      clock.after(5, () => {
        clearInterval(keep);
        resolve();
      });
    });
    expect(clock.now()).toBe(start);
  });

  it("refuses what is no date and no duration", () => {
    expect(() => testClock("yesterday")).toThrow(/expected a date to start from, got "yesterday"/);
    // @ts-expect-error: no duration
    expect(() => testClock().advance("soon")).toThrow(/expected a duration/);
  });
});
