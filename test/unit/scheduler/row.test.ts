import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { silentLogger } from "#runtime/base/logger.js";
import type { Watermark } from "#runtime/scheduler/decide.js";
import { scheduleRow } from "#runtime/scheduler/row.js";
import { Scheduler } from "#runtime/scheduler/scheduler.js";
import { textOf, watermarkOf, watermarkText } from "#runtime/scheduler/state-codec.js";
import type { EntryState, Watermarks } from "#runtime/scheduler/watermarks.js";
import { entryFor } from "../../property/scheduler-simulation.js";
import { ManualClock } from "../worker/manual-clock.js";

const MINUTE = 60_000;
const NOON = Date.parse("2026-01-01T12:00:00.000Z");
const at = (minutes: number) => NOON + minutes * MINUTE;
const iso = (minutes: number) => new Date(at(minutes)).toISOString();
const every = (minutes: number, missed: "skip" | "once" | number = "skip") =>
  entryFor({ plan: { kind: "every", period: minutes * MINUTE }, missed });

/** What a scheduler leaves behind that starts at noon, with this mark, and has done all there is to do. */
async function afterStart(entry: ReturnType<typeof every>, mark: Watermark): Promise<EntryState> {
  let state: EntryState = { watermark: mark };
  const watermarks: Watermarks = {
    owned: true,
    open: async () => {},
    stateOf: () => state,
    advance: async (_, before, next) => {
      if (textOf(state.watermark) !== textOf(before)) return false;
      state = { watermark: watermarkOf(watermarkText(next)) };
      return true;
    },
    pause: async () => {},
    close: async () => {},
  };
  const scheduler = new Scheduler({
    entries: [entry],
    watermarks,
    append: async () => [],
    clock: new ManualClock(),
    wall: () => at(0) + 250,
    logger: silentLogger,
    instance: "7@here",
  });
  await scheduler.start();
  while ((state.watermark?.until ?? 0) < at(-20)) await setImmediate();
  await scheduler.stop();
  return state;
}

describe("a schedule for people", () => {
  it("has the last slot that was started, how late, and by which scheduler", async () => {
    const entry = every(10);
    const state = await afterStart(entry, { until: at(-10), plan: entry.plan });
    expect(scheduleRow(entry, state, at(3))).toMatchObject({
      ...{ known: true, taken: true, last: iso(0), late: 250, scheduler: "7@here", missedSlots: null, overdue: null },
      next: [iso(10), iso(20), iso(30), iso(40), iso(50)],
    });
  });

  it("has the slots that its rule left out, whether or not later ones were made up", async () => {
    const two = every(10, 2);
    const started = { slot: at(-40), at: at(-40) };
    expect(scheduleRow(two, await afterStart(two, { until: at(-40), plan: two.plan, started }), at(1))).toMatchObject({
      last: iso(0),
      missedSlots: { count: 2, first: iso(-30), last: iso(-20) },
    });
    const late = entryFor({ plan: { kind: "cron", expression: "*/20 11 * * *", timezone: "UTC" }, missed: "skip" });
    const skipped = await afterStart(late, { until: at(-40), plan: late.plan, started });
    expect(scheduleRow(late, skipped, at(1))).toMatchObject({
      ...{ last: iso(-40), scheduler: "7@here", overdue: null },
      missedSlots: { count: 1, first: iso(-20), last: iso(-20) },
    });
  });

  it("counts slots as due only when they are no longer on time, none while it is paused, at most 100", () => {
    const entry = every(1);
    const watermark = { until: at(-5), plan: entry.plan, by: "7@here" };
    expect(scheduleRow(entry, { watermark }, at(-4) + MINUTE - 1).overdue).toBeNull();
    expect(scheduleRow(entry, { watermark }, at(0)).overdue).toEqual({ count: 4, first: iso(-4) });
    expect(scheduleRow(entry, { watermark }, at(1000)).overdue).toEqual({ count: 100, first: iso(-4) });
    const paused = { paused: true, at: at(-5) };
    expect(scheduleRow(entry, { watermark, pause: paused }, at(1000)).overdue).toBeNull();
    const resumed = { paused: false, at: at(999) };
    expect(scheduleRow(entry, { watermark, pause: resumed }, at(1000)).overdue).toBeNull();
  });

  it("differs between nobody has taken it up and its state cannot be read", () => {
    const entry = every(1);
    expect(scheduleRow(entry, {}, at(0))).toMatchObject({ known: true, taken: false, overdue: null, last: null });
    expect(scheduleRow(entry, undefined, at(0))).toMatchObject({ known: false, taken: false, overdue: null });
    const other = scheduleRow(entry, { watermark: { until: at(-9), plan: "another", by: "7@here" } }, at(0));
    expect(other).toMatchObject({ taken: false, overdue: null, scheduler: "7@here" });
  });

  it("takes the mark of an older scheduler for its last start when it ends at a slot", () => {
    const entry = every(1);
    const row = (until: number) => scheduleRow(entry, { watermark: { until, plan: entry.plan } }, at(0));
    expect(row(at(-1))).toMatchObject({ last: iso(-1), late: null, scheduler: null });
    expect(row(at(-1) + 5)).toMatchObject({ last: null });
  });
});
