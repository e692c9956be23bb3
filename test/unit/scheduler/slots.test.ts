import { describe, expect, it } from "vitest";
import type { SchedulePlan } from "#runtime/model/model.js";
import { decide } from "#runtime/scheduler/decide.js";
import { latestSlots, nextSlots, slotsOf } from "#runtime/scheduler/slots.js";
import { slotsByMinute } from "../../support/slots-reference.js";

const DAY = 86_400_000;
const cron = (expression: string, timezone = "UTC"): SchedulePlan => ({ kind: "cron", expression, timezone });
const iso = (slots: readonly number[]) => slots.map((slot) => new Date(slot).toISOString());

describe("slots of a plan", () => {
  it("of a period are its multiples since 1970, whenever the scheduler starts", () => {
    const slots = slotsOf({ kind: "every", period: 300_000 });
    expect(iso(nextSlots(slots, Date.parse("2026-01-01T00:02:03.004Z"), 2))).toEqual([
      "2026-01-01T00:05:00.000Z",
      "2026-01-01T00:10:00.000Z",
    ]);
    expect(slots.after(Date.parse("2026-01-01T00:05:00Z"))).toBe(Date.parse("2026-01-01T00:10:00Z"));
  });

  // Three zones: an hour forth and back on both halves of the globe, and half an hour.
  const zones: readonly [string, string][] = [
    ["Europe/Berlin", "2026-03-28T00:00:00Z"],
    ["Europe/Berlin", "2026-10-24T00:00:00Z"],
    ["America/New_York", "2026-03-07T00:00:00Z"],
    ["America/New_York", "2026-10-31T00:00:00Z"],
    ["Australia/Lord_Howe", "2026-04-03T12:00:00Z"],
    ["Australia/Lord_Howe", "2026-10-02T12:00:00Z"],
  ];
  const expressions = ["30 2 * * *", "0 3 * * *", "15,45 1,2 * * *", "*/20 * * * *", "10 */2 * * *", "5 1-3/1 * * *"];
  for (const [zone, from] of zones) {
    it(`around the clock change in ${zone} after ${from.slice(0, 10)} are those that the minutes of local time give`, () => {
      const start = Date.parse(from);
      for (const expression of expressions) {
        const plan = cron(expression, zone);
        const expected = slotsByMinute(plan, start, start + 3 * DAY);
        expect(iso(latestSlots(slotsOf(plan), start, start + 3 * DAY, 10_000)), expression).toEqual(iso(expected));
      }
    });
  }

  it("of 29 February are found from years before and after", () => {
    const slots = slotsOf(cron("0 12 29 2 *"));
    expect(iso(nextSlots(slots, Date.parse("2096-03-01T00:00:00Z"), 1))).toEqual(["2104-02-29T12:00:00.000Z"]);
    expect(iso(latestSlots(slots, 0, Date.parse("2104-02-29T11:00:00Z"), 1))).toEqual(["2096-02-29T12:00:00.000Z"]);
  });
});

describe("what is due", () => {
  const slots = slotsOf({ kind: "every", period: 600_000 });
  const at = (time: string) => Date.parse(`2026-01-01T${time}Z`);
  const mark = { until: at("10:00:00"), plan: "p" };
  const due = (missed: "skip" | "once" | number, now: string) => {
    const decision = decide({ slots, plan: "p", missed }, mark, at(now));
    return decision.kind === "run"
      ? {
          slots: decision.slots.map((slot) => new Date(slot).toISOString().slice(11, 16)),
          missed: decision.missed?.count ?? 0,
        }
      : decision;
  };

  it("is one slot while a scheduler runs, whatever the rule", () => {
    for (const rule of ["skip", "once", 3] as const)
      expect(due(rule, "10:10:01")).toEqual({ slots: ["10:10"], missed: 0 });
    expect(due("skip", "10:09:59")).toEqual({ kind: "wait", next: at("10:10:00") });
  });

  it("follows the rule after a gap", () => {
    expect(due("skip", "10:35:00")).toEqual({ slots: [], missed: 3 });
    expect(due("skip", "10:30:59")).toEqual({ slots: ["10:30"], missed: 2 });
    expect(due("once", "10:35:00")).toEqual({ slots: ["10:30"], missed: 2 });
    expect(due(2, "10:35:00")).toEqual({ slots: ["10:20", "10:30"], missed: 1 });
    expect(due(9, "10:35:00")).toEqual({ slots: ["10:10", "10:20", "10:30"], missed: 0 });
  });

  it("is the claimed slot too, however late, unless its claim is older than ids are kept", () => {
    const claimed = (claimedAt: number) =>
      decide(
        { slots, plan: "p", missed: "skip" },
        { ...mark, claim: { slot: at("10:10:00"), at: claimedAt } },
        at("10:35:00"),
      );
    expect(claimed(at("10:10:00"))).toMatchObject({
      kind: "run",
      slots: [at("10:10:00")],
      missed: { count: 2, first: at("10:20:00"), last: at("10:30:00") },
    });
    expect(claimed(at("10:10:00") - DAY)).toMatchObject({ kind: "run", slots: [], missed: { count: 3 } });
  });

  it("counts from now on for a plan that is new or changed, and for a watermark far ahead of the clock", () => {
    const subject = { slots, plan: "p", missed: "once" as const };
    expect(decide(subject, undefined, at("10:35:00"))).toEqual({ kind: "begin", why: "new" });
    expect(decide({ ...subject, plan: "q" }, mark, at("10:35:00"))).toEqual({ kind: "begin", why: "changed" });
    expect(decide(subject, { ...mark, until: at("12:00:00") }, at("10:35:00"))).toEqual({
      kind: "begin",
      why: "ahead",
    });
    expect(decide(subject, { ...mark, until: at("11:00:00") }, at("10:35:00"))).toMatchObject({ kind: "wait" });
  });
});
