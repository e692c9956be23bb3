/** Ids of one list are all numbers or all strings. */
export type ClassId = number | string;

/** One project or one transaction name with its count, as models take it (dynamic-sampling.md 8). */
export interface VolumeClass<Id extends ClassId = ClassId> {
  readonly id: Id;
  /** Volume: root transactions of the window, at least 0. */
  readonly count: number;
  /** Share to keep, 0..1; read by no model. Default 0. */
  readonly newSampleRate?: number;
}

/** A class with the rate that a model gave it. */
export interface RatedClass<Id extends ClassId = ClassId> extends VolumeClass<Id> {
  /** Share to keep, 0..1. */
  readonly newSampleRate: number;
}

/** The sum of all counts, added from 0 in list order. */
export function sumOfCounts(classes: readonly VolumeClass[]): number {
  let sum = 0;
  for (const { count } of classes) sum += count;
  return sum;
}

/** A new list by (count, id) descending; string ids compare by code point, not by locale. */
export function sortByVolume<Id extends ClassId>(classes: readonly VolumeClass<Id>[]): VolumeClass<Id>[] {
  return [...classes].sort((a, b) => b.count - a.count || compareIds(b.id, a.id));
}

/** Throws TypeError for a number against a string: such a list has no order. */
function compareIds(left: ClassId, right: ClassId): number {
  if (typeof left === "number" && typeof right === "number") return left - right;
  if (typeof left === "string" && typeof right === "string") return compareCodePoints(left, right);
  throw new TypeError(
    `expected ids of one type in a list of classes, got ${JSON.stringify(left)} and ${JSON.stringify(right)}`,
  );
}

const FIRST_SURROGATE = 0xd800;
const LAST_SURROGATE = 0xdfff;

/**
 * Orders two strings by code point: negative when `left` comes first, 0 when they are equal. JavaScript's own order is by
 * UTF-16 unit, which puts characters beyond U+FFFF before U+E000 to U+FFFF.
 */
export function compareCodePoints(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const a = left.charCodeAt(at);
    const b = right.charCodeAt(at);
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

/** Surrogates rank behind every other unit, since the characters they build lie beyond U+FFFF. */
function rank(unit: number): number {
  return unit >= FIRST_SURROGATE && unit <= LAST_SURROGATE ? unit + 0x10000 : unit;
}
