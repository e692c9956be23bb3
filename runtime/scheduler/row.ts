import type { ScheduleModel } from "../model/model.js";
import { type Missed, MOST_COUNTED, missedOf, ON_TIME_MS, type Watermark } from "./decide.js";
import type { Entry } from "./entry.js";
import { latestSlots, nextSlots, type Slots } from "./slots.js";
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
  readonly cluster: string;
  /** Whether its stored state could be read; if not, all below is empty except `next`. */
  readonly known: boolean;
  readonly paused: boolean;
  /** null: it is not paused, or unknown. */
  readonly pausedAt: string | null;
  /** Whether a scheduler has taken up this plan; its slots count from then on. */
  readonly taken: boolean;
  /** Its last slot that was started; null: none, or unknown. Of a scheduler of an older version also one missed by its rule. */
  readonly last: string | null;
  /** How long after its time that slot was started, milliseconds; null: not known. */
  readonly late: number | null;
  /** The scheduler that worked on it last, `<process id>@<host>`; null: none, or not known. */
  readonly scheduler: string | null;
  /** The slots that its rule left out last; null: none yet. `count`: at least 100 are counted. */
  readonly missedSlots: { readonly count: number; readonly first: string; readonly last: string } | null;
  /** Slots more than a minute ago that no scheduler has started or left out, at most 100; null: none, or it is paused. */
  readonly overdue: { readonly count: number; readonly first: string } | null;
  /** The next five; empty while it is paused. */
  readonly next: readonly string[];
}

/** `state`: undefined when it is not known. `now`: milliseconds since the epoch. */
export function scheduleRow(entry: Entry, state: EntryState | undefined, now: number): ScheduleRow {
  const { facts, schedule, slots, plan, cluster } = entry;
  const { pause, watermark } = state ?? {};
  const paused = pause?.paused ?? false;
  const { plan: when, words, missed, jitter, parameters } = schedule;
  const taken = watermark?.plan === plan ? watermark : undefined;
  const missedSlots = taken?.missed;
  const overdue =
    paused || taken === undefined ? undefined : overdueOf(slots, Math.max(taken.until, pause?.at ?? 0), now);
  const last = lastOf(slots, taken);
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
    cluster: cluster.name,
    known: state !== undefined,
    paused,
    pausedAt: paused && pause !== undefined ? iso(pause.at) : null,
    taken: taken !== undefined,
    last: last === undefined ? null : iso(last),
    late: taken?.started === undefined ? null : Math.max(0, Math.round(taken.started.at - taken.started.slot)),
    scheduler: watermark?.by ?? null,
    missedSlots:
      missedSlots === undefined
        ? null
        : { count: missedSlots.count, first: iso(missedSlots.first), last: iso(missedSlots.last) },
    overdue: overdue === undefined ? null : { count: overdue.count, first: iso(overdue.first) },
    next: (paused ? [] : nextSlots(slots, now, NEXT_SLOTS)).map(iso),
  };
}

/** A watermark of an older scheduler names no started slot, but ends at the last one that passed; a new plan begins between two. */
function lastOf(slots: Slots, watermark: Watermark | undefined): number | undefined {
  if (watermark === undefined || watermark.started !== undefined || watermark.by !== undefined)
    return watermark?.started?.slot;
  return slots.after(watermark.until - 1) === watermark.until ? watermark.until : undefined;
}

/** Slots after `from` that are no longer on time. */
function overdueOf(slots: Slots, from: number, now: number): Missed | undefined {
  const until = now - ON_TIME_MS;
  const first = slots.after(from);
  if (first === undefined || first > until) return undefined;
  const passed = missedOf(latestSlots(slots, from, until, MOST_COUNTED));
  return passed && { ...passed, first };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
