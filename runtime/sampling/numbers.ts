import { DivisionByZero, InvalidRate, InvalidVolume } from "./errors.js";
import type { Reports } from "./instruments.js";
import type { VolumeRecord } from "./ports/volume-source.js";

/** `dividend / divisor`. Throws DivisionByZero, naming `what`, instead of giving NaN or an infinity. */
export function divide(dividend: number, divisor: number, what: string): number {
  const quotient = dividend / divisor;
  if (!Number.isFinite(quotient)) throw new DivisionByZero(what, dividend, divisor);
  return quotient;
}

const FLOAT = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

/**
 * A number of the store. Null when missing, or when the text is not entirely one finite decimal number; blanks around it
 * are let be (dynamic-sampling.md 11).
 */
export function floatOf(text: string | null): number | null {
  if (text === null || !FLOAT.test(text)) return null;
  const number = Number(text);
  return Number.isFinite(number) ? number : null;
}

/** Gives `count` when it can be a volume. Throws InvalidVolume for NaN, an infinity, a negative number or no number. */
export function checkedCount(what: string, count: number): number {
  if (!Number.isFinite(count) || count < 0) throw new InvalidVolume(what, count);
  return count;
}

/** Throws InvalidVolume for a record whose counts are no whole numbers of at least 0: what loaders refuse. */
export function checkRecord({ orgId, projectId, total, keep }: VolumeRecord): void {
  const whole = (what: string, count: number) => {
    if (Number.isSafeInteger(count) && count >= 0) return;
    throw new InvalidVolume(
      `the ${what} of project ${projectId} of organization ${orgId}`,
      count,
      "a whole number of at least 0",
    );
  };
  whole("total", total);
  whole("kept volume", keep);
}

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
