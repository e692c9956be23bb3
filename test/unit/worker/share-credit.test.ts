import { describe, expect, it } from "vitest";
import { type Sharer, shareCredit } from "#runtime/worker/link/share-credit.js";

const idle = (credit = 1, unstarted = 0): Sharer => ({ credit, unstarted, hungry: false, idle: credit > 0 });
const hungry = (credit = 0, unstarted = 0): Sharer => ({ credit, unstarted, hungry: true, idle: false });
const fresh: Sharer = { credit: 0, unstarted: 0, hungry: false, idle: false };

const grants = (sharers: Sharer[], free: number, prefetch = 0, first = 0) =>
  shareCredit(sharers, free, prefetch, first).map((share) => share.grant);

describe("credit among brokers", () => {
  it("goes all to a single broker", () => {
    expect(grants([fresh], 8, 16)).toEqual([24]);
    expect(grants([hungry(3, 2)], 8)).toEqual([3]);
    expect(grants([idle(9)], 8)).toEqual([0]);
  });

  it("is one each before any broker has shown work", () => {
    expect(grants([fresh, fresh, fresh], 8)).toEqual([1, 1, 1]);
    expect(grants([idle(), idle(), fresh], 8)).toEqual([0, 0, 1]);
  });

  it("is all free slots for the broker with work; the others keep theirs, as prefetch", () => {
    expect(grants([hungry(), idle(), idle()], 8)).toEqual([8, 0, 0]);
    expect(grants([hungry(), idle(), idle()], 8, 10)).toEqual([16, 0, 0]);
    expect(grants([hungry(), fresh, idle()], 0)).toEqual([0, 1, 0]);
  });

  it("is shared evenly by those with work, in turn", () => {
    expect(grants([hungry(), hungry(), idle()], 8)).toEqual([4, 4, 0]);
    expect(grants([hungry(3), hungry(), idle()], 5)).toEqual([0, 2, 0]);
    expect(grants([hungry(), hungry()], 1, 0, 0)).toEqual([1, 0]);
    expect(grants([hungry(), hungry()], 1, 0, 1)).toEqual([0, 1]);
  });

  it("is never more than free slots, prefetch and one for each broker without work", () => {
    for (let round = 0; round < 2000; round += 1) {
      const random = (below: number) => Math.floor(Math.random() * below);
      const sharers = Array.from({ length: 2 + random(4) }, () => (random(2) === 0 ? fresh : hungry()));
      const [free, prefetch] = [random(20), random(65)];
      const given = grants(sharers, free, prefetch, random(9)).reduce((sum, count) => sum + count, 0);
      const reserved = sharers.filter((sharer) => !sharer.hungry).length;
      expect(given).toBeLessThanOrEqual(free + Math.max(prefetch, reserved));
    }
  });

  it("is withdrawn from brokers that do not use it when another has work", () => {
    expect(shareCredit([idle(8), hungry(), idle()], 8, 0, 0)).toEqual([
      { grant: 0, withdraw: true },
      { grant: 1, withdraw: false },
      { grant: 0, withdraw: false },
    ]);
    expect(shareCredit([idle(8), idle()], 8, 0, 0)[0]).toEqual({ grant: 0, withdraw: false });
  });
});
