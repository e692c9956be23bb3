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
 * A stored number. Null when missing, or when the string is not exactly one finite decimal number; blanks around it are
 * allowed (dynamic-sampling.md 11).
 */
export function floatOf(text: string | null): number | null {
  if (text === null || !FLOAT.test(text)) return null;
  const number = Number(text);
  return Number.isFinite(number) ? number : null;
}

/** Returns `count` when it is a valid volume. Throws InvalidVolume for NaN, an infinity, a negative number or another type. */
export function checkedCount(what: string, count: number): number {
  if (!Number.isFinite(count) || count < 0) throw new InvalidVolume(what, count);
  return count;
}

/** Throws InvalidVolume for a record whose counts are not whole numbers of at least 0. */
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

/** A finite number, or a string that is one, as a number. Null for anything else, NaN included. */
export function numberOf(value: unknown): number | null {
  if (typeof value === "string") return floatOf(value);
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** Returns `value` as a rate. Throws InvalidRate, naming `what`, when it is not a number between 0 and 1. */
export function checkedRate(what: string, value: unknown): number {
  const rate = numberOf(value);
  if (rate === null || rate < 0 || rate > 1) throw new InvalidRate(what, value);
  return rate;
}

/** As checkedRate, but reports an invalid rate and returns null, so that the stored one is kept. */
export function reportedRate(what: string, value: unknown, reports: Reports): number | null {
  try {
    return checkedRate(what, value);
  } catch (error) {
    reports.error(error);
    return null;
  }
}

/** A rate that is used, not stored: reports anything but a finite number and returns null. The models check 0..1. */
export function reportedNumber(what: string, value: unknown, reports: Reports): number | null {
  const number = numberOf(value);
  if (number === null) reports.error(new InvalidRate(what, value));
  return number;
}
