import { InvalidVolume } from "../errors.js";
import type { VolumeRecord } from "./volume-source.js";

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
