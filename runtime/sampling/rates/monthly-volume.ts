import { InvalidVolume } from "../errors.js";

const HOURS_OF_A_DAY = 24;

/**
 * The volume of the current UTC month when `volume` was that of `hours`: truncated, of the month's real number of days.
 * Throws InvalidVolume when that is no finite number. Null below one hour (dynamic-sampling.md 10). `hours` may be more than a month.
 */
export function extrapolateMonthlyVolume(volume: number, hours: number, now: Date): number | null {
  if (hours < 1) return null;
  const days = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 0)).getUTCDate();
  // The order of the operations is part of the rule: another one truncates differently.
  const groups = (days * HOURS_OF_A_DAY) / hours;
  const monthly = volume * groups;
  if (!Number.isFinite(monthly)) throw new InvalidVolume(`the volume of a month, ${volume} x ${groups},`, monthly);
  return Math.trunc(monthly);
}
