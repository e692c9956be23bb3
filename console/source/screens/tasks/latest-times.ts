import type { JoinedSeries } from "../../../../runtime/operations/documents/front.js";
import { now } from "../../data/clock.ts";
import { useQuery } from "../../data/query.ts";

/** The server answers series of this many tasks at once. */
const MOST_TASKS = 50;
/** What is looked at, milliseconds; and how often, seconds. */
const [SPAN, PACE] = [300_000, 15];

/** Percentiles of a task's last runs, milliseconds; null: none was measured within five minutes. */
export interface Times {
  readonly wait: number | null;
  readonly run: number | null;
}

/** How long the first 50 of these tasks wait and run, by name. */
export function useTimes(tasks: readonly string[]): ReadonlyMap<string, Times> {
  const names = [...new Set(tasks)].slice(0, MOST_TASKS).filter((name) => !name.includes(","));
  const from = new Date(Math.floor(now.value / SPAN) * SPAN - SPAN).toISOString();
  const query = { names: "completed", tasks: names.join(","), from, step: 60 };
  const { data } = useQuery(names.length === 0 ? null : "series", query, { every: PACE });
  return timesOf(data);
}

function timesOf(series: JoinedSeries | undefined): ReadonlyMap<string, Times> {
  return new Map(
    (series?.tasks ?? []).map(({ task, series: of }) => [task, { wait: lastOf(of.wait_p95), run: lastOf(of.run_p95) }]),
  );
}

function lastOf(values: readonly (number | null)[] = []): number | null {
  return values.findLast((value) => value !== null) ?? null;
}
