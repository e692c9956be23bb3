import type { Logger } from "../../base/logger.js";
import type { MetricsSink } from "../instruments.js";

/** Share of the "which rate" and "monthly volume" lines that are logged (dynamic-sampling.md 1). */
export const LOGGED_SHARE = 0.1;

export interface MonthlyVolumeLine {
  readonly orgId: number;
  /** Left out of the line when null. */
  readonly projectId: number | null;
  readonly volume: number;
  readonly extrapolatedMonthlyVolume: number;
  readonly windowSizeInHours: number;
}

export interface SampleRateSourceLine {
  readonly orgId: number;
  /** Left out of the line when null. */
  readonly projectId: number | null;
  /** 0..1; null when there is none. */
  readonly sampleRate: number | null;
  readonly source: string;
  readonly usedFor: string;
}

export interface QueryTimeoutLine {
  readonly query: string;
  readonly offset: number;
  readonly timeoutSeconds: number;
}

/** The lines of dynamic-sampling.md 7. */
export function logExtrapolatedMonthlyVolume(log: Logger, line: MonthlyVolumeLine): void {
  log.info("dynamic_sampling.extrapolate_monthly_volume", {
    org_id: line.orgId,
    volume: line.volume,
    extrapolated_monthly_volume: line.extrapolatedMonthlyVolume,
    window_size_in_hours: line.windowSizeInHours,
    ...projectField(line.projectId),
  });
}

export function logSampleRateSource(log: Logger, line: SampleRateSourceLine): void {
  log.info("dynamic_sampling.sample_rate_source", {
    org_id: line.orgId,
    sample_rate: line.sampleRate,
    source: line.source,
    used_for: line.usedFor,
    ...projectField(line.projectId),
  });
}

/** Logs and counts a query that took too long. */
export function logQueryTimeout(log: Logger, metrics: MetricsSink, line: QueryTimeoutLine): void {
  const { query, offset, timeoutSeconds } = line;
  log.error("dynamic_sampling.query_timeout", { query, offset, timeout_seconds: timeoutSeconds });
  metrics.count("dynamic_sampling.query_timeout", 1, { tags: { query } });
}

function projectField(projectId: number | null): { readonly project_id?: number } {
  return projectId === null ? {} : { project_id: projectId };
}

/**
 * Calls `run(args)` when sampleRate is at least 1, or when one uniform draw from [0, 1) is at most sampleRate: so rate 0
 * calls at a draw of 0, a negative rate never; undefined is 1 (dynamic-sampling.md 7). Gives nothing, whatever `run` gives.
 */
export function sampleFunction<A>(
  run: (args: A) => unknown,
  sampleRate: number | undefined = 1,
  args: A,
  random: () => number = Math.random,
): void {
  if (sampleRate >= 1 || random() <= sampleRate) run(args);
}
