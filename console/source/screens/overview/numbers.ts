import type { JoinedSeries } from "../../../../runtime/operations/documents/front.js";
import type { Status } from "../../../../runtime/operations/status/document.js";

/** A number of the overview and how it went in the last hour. */
export interface Measure {
  /** null: not known, or nothing was measured. */
  readonly value: number | null;
  /** The oldest first; null: a gap. */
  readonly past: readonly (number | null)[];
}

interface Numbers {
  /** Completed activations a second. */
  readonly done: Measure;
  /** Failed runs a second. */
  readonly failing: Measure;
  /** Age of the oldest pending one, milliseconds; null: none waits. */
  readonly oldest: Measure;
  /** Milliseconds. */
  readonly wait: Measure;
}

/** The series that the overview shows. */
export const SHOWN_SERIES = [
  "completed",
  "retried",
  "deadlettered",
  "discarded",
  "expired",
  "killswitched",
  "forwarded",
  "cancelled",
  "failed",
  "pending",
  "delayed",
  "processing",
  "retry",
  "failure",
  "parked",
  "oldest_pending",
  "wait_p50",
  "wait_p95",
  "wait_p99",
  "run_p50",
  "run_p95",
  "run_p99",
] as const;

/** Points whose mean is the number of now: 10 s. One point alone jumps. */
const RECENT_POINTS = 2;
/** The newest point may be without a measurement: nothing ended within it. */
const MEASURED_POINTS = 12;

export function numbersOf(statuses: readonly Status[], series: JoinedSeries | undefined): Numbers {
  const past = (name: string) => series?.broker[name] ?? [];
  const rate = (name: string) => ({ value: mean(past(name).slice(-RECENT_POINTS)), past: past(name) });
  const ages = statuses.flatMap(({ oldestPending }) => (oldestPending === null ? [] : [oldestPending]));
  return {
    done: rate("completed"),
    failing: rate("failed"),
    oldest: { value: ages.length === 0 ? null : Math.max(...ages), past: past("oldest_pending") },
    wait: { value: lastOf(past("wait_p95").slice(-MEASURED_POINTS)), past: past("wait_p95") },
  };
}

function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

function lastOf(values: readonly (number | null)[]): number | null {
  return values.findLast((value) => value !== null) ?? null;
}

/** Series with a value other than 0 in the time shown, and those that are shown in any case. */
export function present(series: JoinedSeries, names: readonly string[], always: readonly string[]): string[] {
  return names.filter(
    (name) => always.includes(name) || (series.broker[name] ?? []).some((value) => value !== null && value !== 0),
  );
}

/** Whether anything was ever taken in: a broker that never had work says how to send some. */
export function neverUsed(statuses: readonly Status[]): boolean {
  return (
    statuses.length > 0 &&
    statuses.every(
      ({ counts, ended, failures }) =>
        Object.values(counts).every((count) => count === 0) &&
        Object.values(ended).every((count) => count === 0) &&
        Object.values(failures).every((count) => count === 0),
    )
  );
}
