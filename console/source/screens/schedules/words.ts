import type { ScheduleDocument } from "../../../../runtime/operations/documents/front.js";

/** What happens to slots that nobody was there for. */
export function missedWords(missed: ScheduleDocument["missed"]): string {
  if (missed === "skip") return "Missed slots are skipped.";
  if (missed === "once" || missed === 1) return "Of missed slots the latest one is made up.";
  return `Up to ${missed} missed slots are made up.`;
}

/** By how much a run may be later than its slot; "": not at all. */
export function jitterWords(seconds: number): string {
  if (seconds === 0) return "";
  const minutes = seconds % 60 === 0;
  return `Runs start up to ${minutes ? seconds / 60 : seconds} ${minutes ? "min" : "s"} after their slot.`;
}

/** A moment in two zones: the reader's, and the schedule's where that differs. */
interface ZonedMoment {
  readonly iso: string;
  readonly reader: string;
  /** undefined: it reads the same. */
  readonly entry: string | undefined;
}

/** `zone`: the reader's; `entry`: the schedule's, null: none. Unknown zones are left out. */
export function zoned(iso: string, zone: string, entry: string | null): ZonedMoment {
  const reader = inZone(iso, zone) ?? iso;
  const own = entry === null ? undefined : inZone(iso, entry);
  return { iso, reader, entry: own === reader ? undefined : own };
}

function inZone(iso: string, timeZone: string): string | undefined {
  try {
    return new Intl.DateTimeFormat("en-GB", {
      timeZone,
      weekday: "short",
      day: "numeric",
      month: "short",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
    }).format(new Date(iso));
  } catch {
    return undefined;
  }
}
