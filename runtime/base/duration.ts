import { isDate } from "node:util/types";
import { acrossCopies } from "./across-copies.js";
import { TaskwireError } from "./errors.js";

type Unit = "ms" | "s" | "m" | "h" | "d";

/** A number of seconds, or a number with its unit: `"500ms"`, `"10s"`, `"5m"`, `"1h"`, `"2d"`. */
export type Duration = number | `${number}${Unit}`;

const MILLISECONDS: Record<Unit, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const FORM = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/;

export class DurationError extends TaskwireError {
  static {
    acrossCopies(DurationError, "DurationError");
  }

  constructor(found: unknown, expected = 'a duration such as "500ms", "10s", "5m", "1h" or "2d"') {
    super("bad_duration", `expected ${expected}, got ${shown(found)}`);
  }
}

function shown(found: unknown): string {
  if (isDate(found)) return "a Date, which is a point in time and not a duration";
  if (typeof found === "string") return JSON.stringify(found).slice(0, 80);
  if (typeof found === "object" && found !== null) return Array.isArray(found) ? "an array" : "an object";
  return typeof found === "function" || typeof found === "symbol" ? `a ${typeof found}` : String(found);
}

/** Milliseconds of a duration. Throws DurationError for a negative, infinite or unreadable one. */
export function milliseconds(duration: Duration | string): number {
  if (typeof duration === "number") {
    if (!Number.isFinite(duration) || duration < 0) throw new DurationError(duration);
    return duration * 1000;
  }
  const match = typeof duration === "string" ? FORM.exec(duration.trim()) : null;
  if (match === null) throw new DurationError(duration);
  const unit = match[2];
  const factor = unit === undefined ? 1000 : MILLISECONDS[unit as Unit];
  const value = Number(match[1]) * factor;
  if (!Number.isFinite(value)) throw new DurationError(duration);
  return value;
}

/** Whole seconds of a duration. Throws DurationError for a fraction of a second, which the wire cannot carry. */
export function wholeSeconds(duration: Duration | string): number {
  const seconds = milliseconds(duration) / 1000;
  if (!Number.isSafeInteger(seconds)) throw new DurationError(duration, "a duration of whole seconds");
  return seconds;
}

/** The shortest exact form: 90000 is "90s", 3600000 is "1h". */
export function formatDuration(ms: number): string {
  for (const unit of ["d", "h", "m", "s"] as const) {
    if (ms > 0 && ms % MILLISECONDS[unit] === 0) return `${ms / MILLISECONDS[unit]}${unit}`;
  }
  return `${ms}ms`;
}

/** As formatDuration, for a sentence: "90 s", "1 h", "500 ms". */
export function spokenDuration(ms: number): string {
  return formatDuration(ms).replace(/[a-z]+$/, " $&");
}
