import type { ScheduleModel } from "../model/model.js";
import type { Entry } from "./entry.js";
import { nextSlots } from "./slots.js";
import type { EntryState } from "./watermarks.js";

const NEXT_SLOTS = 5;

/** A schedule for people. Times are ISO 8601. */
interface ScheduleRow {
  /** <namespace>.<task> as in the schema. */
  readonly task: string;
  /** Wire name. */
  readonly name: string;
  readonly namespace: string;
  /** The cron expression, or "every 60s". */
  readonly plan: string;
  /** null: it has none. */
  readonly timezone: string | null;
  readonly words: string;
  readonly missed: ScheduleModel["missed"];
  readonly jitterSeconds: number;
  /** JSON; null: it has none. */
  readonly parameters: string | null;
  readonly paused: boolean;
  /** null: it is not paused, or unknown. */
  readonly pausedAt: string | null;
  /** Its last slot that was started, or missed by its rule; null: none, or unknown. */
  readonly last: string | null;
  /** The next five; empty while it is paused. */
  readonly next: readonly string[];
}

/** `state`: {} when it is not known. `now`: milliseconds since the epoch. */
export function scheduleRow(
  { facts, schedule, slots, plan }: Entry,
  { pause, watermark }: EntryState,
  now: number,
): ScheduleRow {
  const paused = pause?.paused ?? false;
  const { plan: when, words, missed, jitter, parameters } = schedule;
  // A new plan begins between two slots.
  const last =
    watermark?.plan === plan && slots.after(watermark.until - 1) === watermark.until ? watermark.until : null;
  return {
    task: facts.key,
    name: facts.name,
    namespace: facts.namespace,
    plan: when.kind === "cron" ? when.expression : `every ${when.period / 1000}s`,
    timezone: when.kind === "cron" ? when.timezone : null,
    words,
    missed,
    jitterSeconds: jitter / 1000,
    parameters: parameters === undefined ? null : JSON.stringify(parameters),
    paused,
    pausedAt: paused && pause !== undefined ? new Date(pause.at).toISOString() : null,
    last: last === null ? null : new Date(last).toISOString(),
    next: (paused ? [] : nextSlots(slots, now, NEXT_SLOTS)).map((slot) => new Date(slot).toISOString()),
  };
}
