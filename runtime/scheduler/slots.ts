import { Cron } from "croner";
import type { SchedulePlan } from "../model/model.js";

/** The moments of a plan, milliseconds since the epoch. */
export interface Slots {
  /** The first slot after `time`, undefined if there is none. */
  after(time: number): number | undefined;
}

/**
 * Cron slots are local times in the plan's timezone. An expression without `*` and steps in minute and hour means times
 * of day: a time skipped by a clock change has its slot at the end of the change, a repeated time at the first of the
 * two. All other expressions mean intervals: they have a slot whenever the local time matches.
 */
export function slotsOf(plan: SchedulePlan): Slots {
  switch (plan.kind) {
    case "every":
      return { after: (time) => (Math.floor(time / plan.period) + 1) * plan.period };
    case "cron": {
      const cron = new Cron(plan.expression, {
        timezone: plan.timezone,
        mode: "5-part",
        fixedTimeRule: "no-wildcard",
        paused: true,
      });
      // The scheduler asks for the same slot until it has passed, and each answer takes 0.1 ms.
      let asked: number | undefined;
      let answer: number | undefined;
      return {
        after(time) {
          if (time !== asked) answer = cron.nextRun(new Date(time))?.getTime();
          asked = time;
          return answer;
        },
      };
    }
  }
}

/** How far back the latest slots are searched, step by step, milliseconds. The last step covers 29 February. */
const DAY_MS = 86_400_000;
const LOOK_BACK_MS = [
  60_000,
  600_000,
  3_600_000,
  DAY_MS / 4,
  DAY_MS,
  7 * DAY_MS,
  32 * DAY_MS,
  366 * DAY_MS,
  8.1 * 366 * DAY_MS,
];

/** The latest `most` slots in (`from`, `to`], in order. */
export function latestSlots(slots: Slots, from: number, to: number, most: number): number[] {
  for (const distance of LOOK_BACK_MS) {
    const start = Math.max(from, to - distance);
    const found = slotsBetween(slots, start, to);
    if (found.length >= most || start === from) return found.slice(-most);
  }
  return slotsBetween(slots, from, to).slice(-most);
}

function slotsBetween(slots: Slots, from: number, to: number): number[] {
  const found: number[] = [];
  for (let slot = slots.after(from); slot !== undefined && slot <= to; slot = slots.after(slot)) found.push(slot);
  return found;
}

/** The next `count` slots after `time`. */
export function nextSlots(slots: Slots, time: number, count: number): number[] {
  const found: number[] = [];
  for (let slot = slots.after(time); slot !== undefined && found.length < count; slot = slots.after(slot)) {
    found.push(slot);
  }
  return found;
}
