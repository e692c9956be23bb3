import { describe, expect, it } from "vitest";
import { LastMinute } from "#runtime/broker/inflight/counts/last-minute.js";

const START = 1_800_000_000_000;

describe("what a task did in the last minute", () => {
  it("is 0 before anything has ended", () =>
    expect(new LastMinute().at(START)).toEqual({ done: 0, failed: 0, expired: 0 }));

  it("counts apart what was done, what failed and what expired", () => {
    const minute = new LastMinute();
    for (let n = 0; n < 7; n++) minute.count("done", START + n);
    minute.count("failed", START + 8);
    for (let n = 0; n < 2; n++) minute.count("expired", START + 9);
    expect(minute.at(START + 100)).toEqual({ done: 7, failed: 1, expired: 2 });
  });

  it("forgets each count after a minute, and all of them after a long rest", () => {
    const minute = new LastMinute();
    for (let second = 0; second < 120; second++) minute.count("done", START + second * 1000);
    expect(minute.at(START + 119_000)).toEqual({ done: 60, failed: 0, expired: 0 });
    expect(minute.at(START + 119_000 + 30_000).done).toBe(30);
    expect(minute.at(START + 119_000 + 60_000).done).toBe(0);
    minute.count("failed", START + 365 * 86_400_000);
    expect(minute.at(START + 365 * 86_400_000)).toEqual({ done: 0, failed: 1, expired: 0 });
  });

  it("takes a clock that goes back for one that stands still", () => {
    const minute = new LastMinute();
    minute.count("done", START + 60_000);
    minute.count("done", START);
    expect(minute.at(START + 60_000).done).toBe(2);
  });
});
