import type { JoinedSeries } from "#runtime/operations/documents/front.js";
import { BROKER_SERIES, TASK_SERIES } from "#runtime/operations/documents/series.js";
import { randomOf } from "../../random.js";
import { nameOf, TASKS } from "./catalogue.js";
import { iso } from "./controls.js";

const POINTS = 720;
const STEP = 5;
/** A broker was restarted: a gap of a minute and a half. */
const GAP = { from: 210, until: 228 };

/** What a series is at the end of the hour, and how it came there. */
const SHAPES: Readonly<Record<string, { readonly at: number; readonly from?: number; readonly since?: number }>> = {
  taken: { at: 172 },
  handed_out: { at: 158 },
  completed: { at: 150, from: 158, since: 11 },
  retried: { at: 8.4, from: 0.4, since: 11 },
  deadlettered: { at: 0.06, from: 0.01, since: 52 },
  discarded: { at: 0 },
  expired: { at: 0 },
  killswitched: { at: 0.01, from: 0, since: 40 },
  forwarded: { at: 0 },
  cancelled: { at: 0 },
  failed: { at: 8.6, from: 0.5, since: 11 },
  pending: { at: 6814, from: 210, since: 11 },
  delayed: { at: 2018, from: 1490, since: 40 },
  processing: { at: 49, from: 31, since: 11 },
  retry: { at: 8, from: 1, since: 11 },
  failure: { at: 1, from: 0 },
  parked: { at: 6050, from: 0, since: 38 },
  oldest_pending: { at: 660_000, from: 300, since: 11 },
  lag: { at: 18_402, from: 0, since: 6 },
  paused: { at: 1, from: 0, since: 6 },
  wait_p50: { at: 94, from: 22, since: 11 },
  wait_p95: { at: 41_000, from: 140, since: 11 },
  wait_p99: { at: 118_000, from: 420, since: 11 },
  run_p50: { at: 38, from: 34 },
  run_p95: { at: 820, from: 410, since: 26 },
  run_p99: { at: 4100, from: 1200, since: 26 },
  commit_p95: { at: 9 },
  loop_lag_p99: { at: 12 },
  rss: { at: 318 * 2 ** 20, from: 260 * 2 ** 20, since: 60 },
  live_bytes: { at: 41 * 2 ** 20, from: 11 * 2 ** 20, since: 11 },
  journal_bytes: { at: 1.6 * 2 ** 30, from: 1.1 * 2 ** 30, since: 60 },
  uncommitted: { at: 12 },
  unpublished: { at: 3 },
  sessions: { at: 5, from: 6, since: 4 },
  slots: { at: 72, from: 80, since: 4 },
  busy: { at: 47, from: 33, since: 11 },
  credit: { at: 10, from: 44, since: 11 },
  held_fetches: { at: 2 },
};

/** The hour before `now`. */
export function seriesAt(now: number, tasks: readonly string[] = []): JoinedSeries {
  const end = Math.floor(now / (STEP * 1000)) * STEP * 1000;
  const indices = Array.from({ length: POINTS }, (_, index) => index).filter(
    (index) => index < GAP.from || index >= GAP.until,
  );
  return {
    partial: [],
    step: STEP,
    at: indices.map((index) => iso(end - (POINTS - 1 - index) * STEP * 1000)),
    broker: Object.fromEntries(BROKER_SERIES.map((name, at) => [name, valuesOf(name, at, indices)])),
    tasks: TASKS.filter((task) => tasks.includes(nameOf(task))).map((task, at) => ({
      application: "shop",
      namespace: task.namespace,
      task: nameOf(task),
      series: Object.fromEntries(TASK_SERIES.map((name) => [name, ofTask(name, task.load, at, indices)])),
    })),
    worst: [
      "oldest_pending",
      "wait_p50",
      "wait_p95",
      "wait_p99",
      "run_p50",
      "run_p95",
      "run_p99",
      "commit_p95",
      "loop_lag_p99",
    ],
  };
}

function valuesOf(name: string, seed: number, indices: readonly number[]): number[] {
  const { at, from = at, since = 60 } = SHAPES[name] ?? { at: 0 };
  return curve({ at, from, since, seed: seed + 11 }, indices);
}

function ofTask(
  name: string,
  load: (typeof TASKS)[number]["load"],
  seed: number,
  indices: readonly number[],
): number[] {
  const of: Readonly<Record<string, number>> = {
    completed: (load.done ?? 0) / 60,
    failed: (load.failed ?? 0) / 60,
    waiting: (load.pending ?? 0) + (load.parked ?? 0),
    processing: load.processing ?? 0,
    wait_p95: load.oldest ?? 40,
    run_p95: 300 + seed * 40,
  };
  const at = of[name] ?? 0;
  return curve({ at, from: name === "completed" ? at * 1.1 : at * 0.2, since: 11, seed: seed * 7 + 3 }, indices);
}

/** From `from` to `at` in the last `since` minutes, with a little unrest. */
function curve(
  {
    at,
    from,
    since,
    seed,
  }: { readonly at: number; readonly from: number; readonly since: number; readonly seed: number },
  indices: readonly number[],
): number[] {
  const random = randomOf(seed);
  const begin = POINTS - (since * 60) / STEP;
  return indices.map((index) => {
    const share = index <= begin ? 0 : (index - begin) / (POINTS - 1 - begin);
    const value = (from + (at - from) * share) * (0.94 + random(120) / 1000);
    return Math.abs(at) < 10 ? Math.round(value * 100) / 100 : Math.round(value);
  });
}
