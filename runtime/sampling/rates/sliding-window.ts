import { DEFAULT_SLIDING_WINDOW_HOURS } from "../constants.js";
import { InvalidVolume } from "../errors.js";
import type { Instruments } from "../instruments.js";
import { reportedRate } from "../numbers.js";
import type { Quotas } from "../ports/ports.js";
import { LOGGED_SHARE, logExtrapolatedMonthlyVolume, sampleFunction } from "../tasks/log-lines.js";
import type { TaskContext } from "../timing/task-context.js";

const WHOLE = /^\s*[+-]?\d+\s*$/;

/**
 * Hours of the sliding window from its option: null switches it off; a number loses its fraction, a text must be a whole
 * number; anything else is 24 (dynamic-sampling.md 10).
 */
export function slidingWindowSize(option: unknown): number | null {
  if (option === null) return null;
  const hours = typeof option === "string" && WHOLE.test(option) ? Number(option) : option;
  return typeof hours === "number" && Number.isFinite(hours) ? Math.trunc(hours) : DEFAULT_SLIDING_WINDOW_HOURS;
}

export interface WindowVolume {
  readonly orgId: number;
  readonly projectId: number | null;
  readonly volume: number;
  /** Length of the window. */
  readonly hours: number;
}

type WindowInstruments = Pick<Instruments, "utc" | "random" | "log" | "reports">;

/**
 * The rate of the tier that the volume belongs to when it goes on for a month; null when there is none. Also null, and
 * reported, when the window is shorter than an hour, or when the tier's rate is no number between 0 and 1. With a context
 * both steps are timed and counted (dynamic-sampling.md 10).
 */
export async function computeSlidingWindowSampleRate(
  window: WindowVolume,
  quotas: Quotas,
  instruments: WindowInstruments,
  context?: TaskContext,
): Promise<number | null> {
  const { orgId, projectId, volume, hours } = window;
  const extrapolated = await step(context, "extrapolate_monthly_volume", () =>
    extrapolateMonthlyVolume(volume, hours, instruments.utc()),
  );
  if (extrapolated === null) {
    instruments.reports.message("the volume of the month cannot be told from the window", { ...window });
    return null;
  }
  sampleFunction(
    (line) => logExtrapolatedMonthlyVolume(instruments.log, line),
    LOGGED_SHARE,
    { orgId, projectId, volume, extrapolatedMonthlyVolume: extrapolated, windowSizeInHours: hours },
    instruments.random,
  );
  const tier = await step(context, "get_transaction_sampling_tier_for_volume", () =>
    quotas.samplingTierForVolume(orgId, extrapolated),
  );
  return tier === null
    ? null
    : reportedRate(`the rate of the tier of organization ${orgId}`, tier[1], instruments.reports);
}

/** The same; any error is reported and gives null. */
export async function computeGuardedSlidingWindowSampleRate(
  window: WindowVolume,
  quotas: Quotas,
  instruments: WindowInstruments,
  context?: TaskContext,
): Promise<number | null> {
  try {
    return await computeSlidingWindowSampleRate(window, quotas, instruments, context);
  } catch (error) {
    instruments.reports.error(error);
    return null;
  }
}

async function step<T>(context: TaskContext | undefined, id: string, run: () => T): Promise<Awaited<T>> {
  if (context === undefined) return await run();
  const value = await context.getTimer(id).run(async () => run());
  context.incrFunctionState(id, { numIterations: 1 });
  return value;
}

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
