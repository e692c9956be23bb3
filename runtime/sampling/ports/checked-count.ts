import { InvalidVolume } from "../errors.js";

/** Gives `count` when it can be a volume. Throws InvalidVolume for NaN, an infinity, a negative number or no number. */
export function checkedCount(what: string, count: number): number {
  if (!Number.isFinite(count) || count < 0) throw new InvalidVolume(what, count);
  return count;
}
