import type { ScheduleModel } from "../model/model.js";
import { latestSlots, type Slots } from "./slots.js";

/** How far an entry got. All times are milliseconds since the epoch. */
export interface Watermark {
  /** Every slot up to this time is done: started, or missed by the entry's rule. */
  readonly until: number;
  /** The plan that the watermark belongs to. */
  readonly plan: string;
  /** A slot that is being appended, and when that began. */
  readonly claim?: { readonly slot: number; readonly at: number };
  /** The scheduler that wrote it, for people; absent: one of an older version. */
  readonly by?: string;
  /** The last slot of this plan that was started, and when. */
  readonly started?: { readonly slot: number; readonly at: number };
  /** The slots that the entry's rule left out last. */
  readonly missed?: Missed;
}

/** Slots that passed and were not started. */
export interface Missed {
  /** At most 100, or the number of the entry's rule when that is larger. */
  readonly count: number;
  readonly first: number;
  readonly last: number;
}

type Decision =
  /** The plan has no watermark, or one far ahead of the clock: slots count from now on. */
  | { readonly kind: "begin"; readonly why: "new" | "changed" | "ahead" }
  /** Slots to append now, in order; what was missed, if anything; the time up to which this covers all slots. */
  | {
      readonly kind: "run";
      readonly slots: readonly number[];
      readonly missed: Missed | undefined;
      readonly until: number;
    }
  | { readonly kind: "wait"; readonly next: number | undefined };

/** The part of an entry that decides when its task starts. */
interface Schedule {
  readonly slots: Slots;
  readonly plan: string;
  readonly missed: ScheduleModel["missed"];
}

/** A slot that starts later than this was missed. */
export const ON_TIME_MS = 60_000;
/** A claim older than this is not repeated: brokers and the embedded log detect a second append for 24 h only. */
const CLAIM_MS = 23 * 3_600_000;
/** A watermark further ahead of the clock than this was written while the clock was wrong. */
const AHEAD_MS = 3_600_000;
/** Most missed slots that are counted. */
export const MOST_COUNTED = 100;

/**
 * Decides which slots are due; never one at or below the watermark. If several have passed, the latest is on time when
 * it is at most a minute old. Rule `skip` runs only a slot that is on time, `once` the latest, a number N the latest N.
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
  return { kind: "run", slots: run, missed: missedOf(missedSlots), until: passed.at(-1) ?? watermark.until };
}

/** `slots`: in order. */
export function missedOf(slots: readonly number[]): Missed | undefined {
  const [first] = slots;
  const last = slots.at(-1);
  return first === undefined || last === undefined ? undefined : { count: slots.length, first, last };
}

function dueOf(passed: readonly number[], missed: ScheduleModel["missed"], now: number): number[] {
  if (missed === "once") return passed.slice(-1);
  if (missed !== "skip") return passed.slice(-missed);
  return passed.slice(-1).filter((slot) => now - slot <= ON_TIME_MS);
}
