import type { SchedulePlan } from "#runtime/model/model.js";

const MINUTE = 60_000;

/**
 * The slots of a plan in (from, to], found the slow way: every minute is turned into local time and compared. Knows
 * lists, ranges and steps in minute and hour, and `*` in the other fields.
 */
export function slotsByMinute(plan: SchedulePlan, from: number, to: number): number[] {
  if (plan.kind === "every") {
    const first = Math.floor(from / plan.period) + 1;
    const last = Math.floor(to / plan.period);
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => (first + index) * plan.period);
  }
  const [minuteField = "", hourField = "", ...rest] = plan.expression.split(" ");
  if (rest.join(" ") !== "* * *") throw new Error(`the reference knows "* * *" only, got "${rest.join(" ")}"`);
  const minutes = valuesOf(minuteField, 60);
  const hours = valuesOf(hourField, 24);
  const local = localTimes(plan.timezone);
  const timesOfDay = !/[*/]/.test(minuteField + hourField);
  const found = new Set<number>();
  for (let at = Math.floor(from / MINUTE) * MINUTE; at <= to; at += MINUTE) {
    const now = local(at);
    if (minutes.has(now % 60) && hours.has(Math.floor(now / 60) % 24)) {
      if (!timesOfDay || !secondOfTwo(local, at)) found.add(at);
    }
    if (!timesOfDay) continue;
    // Local minutes that this one jumps over: their slots are here.
    const before = local(at - MINUTE);
    for (let skipped = before + 1; skipped < now; skipped += 1) {
      if (minutes.has(skipped % 60) && hours.has(Math.floor(skipped / 60) % 24)) found.add(at);
    }
  }
  return [...found].filter((at) => at > from && at <= to).sort((one, other) => one - other);
}

/** The same local time was there before, within the longest clock change. */
function secondOfTwo(local: (at: number) => number, at: number): boolean {
  for (let earlier = at - MINUTE; earlier >= at - 180 * MINUTE; earlier -= MINUTE) {
    if (local(earlier) === local(at)) return true;
  }
  return false;
}

/** Minutes of local time since the epoch. */
function localTimes(timezone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: timezone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  const known = new Map<number, number>();
  return (at) => {
    const before = known.get(at);
    if (before !== undefined) return before;
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts;
    const minutes = Date.UTC(year, month - 1, day, hour, minute) / MINUTE;
    known.set(at, minutes);
    return minutes;
  };
}

function valuesOf(field: string, size: number): Set<number> {
  const values = new Set<number>();
  for (const part of field.split(",")) {
    const [range = "", step = "1"] = part.split("/");
    const [low, high] = range === "*" ? [0, size - 1] : range.split("-").map(Number);
    for (let value = low ?? 0; value <= (high ?? low ?? 0); value += Number(step)) values.add(value);
  }
  return values;
}
