import type { ScheduleModel } from "../model/model.js";
import { latestSlots, type Slots } from "./slots.js";

/** What is kept of an entry. All times are milliseconds since the epoch. */
export interface Watermark {
  /** Everything up to here is over: accepted, or missed by the entry's rule. */
  readonly until: number;
  /** The plan it belongs to. */
  readonly plan: string;
  /** A slot that is being appended, and since when. */
  readonly claim?: { readonly slot: number; readonly at: number };
}

export type Decision =
  /** Nothing is known of the plan, or its watermark is far ahead of the clock: slots count from now on. */
  | { readonly kind: "begin"; readonly why: "new" | "changed" | "ahead" }
  /** Slots to append now, in order, and how many were missed before `until`. */
  | { readonly kind: "run"; readonly slots: readonly number[]; readonly missed: number; readonly until: number }
  | { readonly kind: "wait"; readonly next: number | undefined };

interface Schedule {
  readonly slots: Slots;
  readonly plan: string;
  readonly missed: ScheduleModel["missed"];
}

/** A slot that is later than this was missed. */
export const ON_TIME_MS = 60_000;
/** A claim older than this is not repeated: what drops its second append keeps ids for 24 h. */
export const CLAIM_MS = 23 * 3_600_000;
/** A watermark that is ahead of the clock by more says that the clock was wrong when it was made. */
const AHEAD_MS = 3_600_000;
/** Missed slots are counted up to here. */
const MOST_COUNTED = 100;

/**
 * What is due. Never a slot at or below the watermark. Of several slots that passed the latest is on time when it is at most
 * a minute old; by rule `skip` only such a one runs, by `once` the latest, by a number the latest so many.
 */
export function decide({ slots, plan, missed }: Schedule, watermark: Watermark | undefined, now: number): Decision {
  if (watermark === undefined) return { kind: "begin", why: "new" };
  if (watermark.plan !== plan) return { kind: "begin", why: "changed" };
  if (watermark.until > now + AHEAD_MS) return { kind: "begin", why: "ahead" };
  const next = slots.after(watermark.until);
  if (next === undefined || next > now) return { kind: "wait", next };
  const most = typeof missed === "number" ? Math.max(missed, MOST_COUNTED) : MOST_COUNTED;
  const passed = latestSlots(slots, watermark.until, now, most);
  const due = dueOf(passed, missed, now);
  const claimed =
    watermark.claim !== undefined && now - watermark.claim.at <= CLAIM_MS ? watermark.claim.slot : undefined;
  const run = claimed === undefined || claimed <= watermark.until || due.includes(claimed) ? due : [claimed, ...due];
  run.sort((one, other) => one - other);
  const missedSlots = passed.filter((slot) => !run.includes(slot));
  return { kind: "run", slots: run, missed: missedSlots.length, until: passed.at(-1) ?? watermark.until };
}

function dueOf(passed: readonly number[], missed: ScheduleModel["missed"], now: number): number[] {
  if (missed === "once") return passed.slice(-1);
  if (missed !== "skip") return passed.slice(-missed);
  return passed.slice(-1).filter((slot) => now - slot <= ON_TIME_MS);
}
