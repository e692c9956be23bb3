import { describe, expect, it } from "vitest";
import { Backoff, NO_JITTER } from "#runtime/base/backoff.js";

describe("Backoff", () => {
  it("doubles up to the longest wait, with jitter of at most half of it", () => {
    const least = new Backoff(100, 5000, () => 0);
    const most = new Backoff(100, 5000, () => 1);
    expect(Array.from({ length: 8 }, () => least.next())).toEqual([100, 100, 200, 400, 800, 1600, 2500, 2500]);
    expect(Array.from({ length: 8 }, () => most.next())).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    most.reset();
    expect(most.next()).toBe(100);
  });

  it("doubles exactly without jitter", () => {
    const backoff = new Backoff(100, 2000, NO_JITTER);
    expect(Array.from({ length: 7 }, () => backoff.next())).toEqual([100, 200, 400, 800, 1600, 2000, 2000]);
  });
});
