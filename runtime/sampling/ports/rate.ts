import { InvalidRate } from "../errors.js";
import { floatOf } from "../rates/float-text.js";
import type { Reports } from "../tasks/instruments.js";

/** The finite number that `value` is, or that a string is entirely. Null for anything else, NaN included. */
export function numberOf(value: unknown): number | null {
  if (typeof value === "string") return floatOf(value);
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** Gives `value` as a rate. Throws InvalidRate, naming `what`, when it is no number between 0 and 1. */
export function checkedRate(what: string, value: unknown): number {
  const rate = numberOf(value);
  if (rate === null || rate < 0 || rate > 1) throw new InvalidRate(what, value);
  return rate;
}

/** The same, but what is no rate is reported and gives null, so that what was stored before stays. */
export function reportedRate(what: string, value: unknown, reports: Reports): number | null {
  try {
    return checkedRate(what, value);
  } catch (error) {
    reports.error(error);
    return null;
  }
}

/** A rate to look up, not to store: what is no finite number is reported and gives null; the models refuse one outside of 0..1. */
export function reportedNumber(what: string, value: unknown, reports: Reports): number | null {
  const number = numberOf(value);
  if (number === null) reports.error(new InvalidRate(what, value));
  return number;
}
