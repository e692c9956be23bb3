import type { Clock } from "../../base/clock.js";
import { residentMemory } from "../../base/process/resident-memory.js";
import { LoopMonitor } from "../../telemetry/event-loop.js";
import type { Vitals } from "../../wire/session.js";
import { percentileOf } from "../history/histogram.js";
import type { History } from "../history/history.js";
import { type BrokerPoint, MOST_TASKS, POINT_SECONDS, type Series, type TaskPoint } from "../history/series/series.js";
import type { TaskEnds } from "../history/task-ends.js";
import type { Snapshot } from "../inflight/counts/snapshot.js";
import { type Tally, taskKey } from "../inflight/counts/tally.js";
import { older, pendingAge } from "./status/tasks.js";
import { type PartitionEnd, partitionsOf } from "./status/topics.js";

/** A finer resolution would cost an idle broker more, milliseconds. */
const LAG_RESOLUTION_MS = 100;

/** What the series are made of. */
interface SampledBroker {
  readonly snapshot: Snapshot;
  readonly end: PartitionEnd;
  /** Commits by how long they took, since the start. */
  readonly commits: Uint32Array;
  /** Records that the log has not taken yet. */
  readonly unpublished: number;
  vitalsOf(session: string): { readonly report: Vitals } | undefined;
}

/** A task at the point before. */
interface Before {
  completed: number;
  failed: number;
  readonly waits: Uint32Array;
  readonly runs: Uint32Array;
}

/** Adds a point to the series every 5 s, from what the machine counts anyway. */
export class SeriesSampler {
  readonly #clock: Clock;
  readonly #series: Series;
  readonly #history: History;
  readonly #look: () => SampledBroker;
  readonly #loop = new LoopMonitor(LAG_RESOLUTION_MS);
  readonly #totals = new Map<string, number>();
  readonly #counted = new Map<string, Uint32Array>();
  #tasks = new Map<string, Before>();
  #at: number;
  #cancel: () => void = () => {};

  constructor(clock: Clock, series: Series, history: History, look: () => SampledBroker) {
    this.#clock = clock;
    this.#series = series;
    this.#history = history;
    this.#look = look;
    this.#at = clock.now();
    this.#next();
  }

  stop(): void {
    this.#cancel();
    this.#loop.stop();
  }

  #next(): void {
    this.#cancel = this.#clock.after(POINT_SECONDS * 1000, () => {
      this.#sample();
      this.#next();
    });
  }

  #sample(): void {
    const now = this.#clock.now();
    const seconds = Math.max(0.001, (now - this.#at) / 1000);
    this.#at = now;
    const broker = this.#look();
    const busiest = this.#history.rank(now).slice(0, MOST_TASKS);
    const before = this.#tasks;
    this.#tasks = new Map();
    const tasks = new Map(
      busiest.map(({ tally, task }) => {
        const key = taskKey(task.names);
        return [key, { names: task.names, point: this.#taskPoint(key, before.get(key), tally, task, seconds) }];
      }),
    );
    this.#series.add(this.#clock.wall(), this.#brokerPoint(broker, seconds), tasks);
  }

  #brokerPoint(broker: SampledBroker, seconds: number): BrokerPoint {
    const { snapshot, end, commits, unpublished } = broker;
    const wall = this.#clock.wall();
    const wait = this.#percentiles("waits", this.#history.waits);
    const run = this.#percentiles("runs", this.#history.runs);
    const commit = this.#percentiles("commits", commits);
    const rate = (name: string, total: number) => this.#rate(name, total, seconds);
    let oldest: number | null = null;
    for (const tally of snapshot.tallies) oldest = older(oldest, pendingAge(snapshot, tally, wall));
    const lags = partitionsOf(snapshot, end).map(({ lag }) => lag);
    const point: Record<string, number | null | undefined> = {
      ...Object.fromEntries(Object.entries(snapshot.ends).map(([name, total]) => [name, rate(name, total)])),
      taken: rate("taken", snapshot.taken),
      handed_out: rate("handed out", snapshot.handedOut),
      failed: rate("failed", this.#history.failed),
      ...snapshot.counts,
      oldest_pending: oldest ?? 0,
      lag: lags.includes(null) ? undefined : lags.reduce<number>((sum, lag) => sum + (lag ?? 0), 0),
      paused: [...snapshot.topics].filter(([, { paused }]) => paused.size > 0).length,
      wait_p50: wait(0.5),
      wait_p95: wait(0.95),
      wait_p99: wait(0.99),
      run_p50: run(0.5),
      run_p95: run(0.95),
      run_p99: run(0.99),
      commit_p95: commit(0.95),
      loop_lag_p99: this.#loop.look().p99 * 1000,
      rss: residentMemory(),
      live_bytes: snapshot.liveBytes,
      journal_bytes: snapshot.diskBytes,
      uncommitted: snapshot.uncommitted,
      unpublished,
      ...workersOf(broker),
      held_fetches: snapshot.heldFetches,
    };
    return known(point);
  }

  #taskPoint(key: string, before: Before | undefined, tally: Tally, task: TaskEnds, seconds: number): TaskPoint {
    const { completed = 0 } = task.counts;
    const { failed, waits, runs } = task;
    this.#tasks.set(key, { completed, failed, waits: waits.slice(), runs: runs.slice() });
    const now = { waiting: tally.pending + tally.parked, processing: tally.processing };
    // Its first point would show everything since the start as one moment; after a new count, less than nothing.
    if (before === undefined || before.completed > completed || before.failed > failed) return now;
    return known({
      ...now,
      completed: (completed - before.completed) / seconds,
      failed: (failed - before.failed) / seconds,
      wait_p95: percentileOf(difference(waits, before.waits), 0.95),
      run_p95: percentileOf(difference(runs, before.runs), 0.95),
    });
  }

  /** Percentiles of what was counted since the point before. */
  #percentiles(name: string, counts: Uint32Array): (share: number) => number | null {
    const since = difference(counts, this.#counted.get(name));
    this.#counted.set(name, counts.slice());
    return (share) => percentileOf(since, share);
  }

  #rate(name: string, total: number, seconds: number): number {
    const before = this.#totals.get(name) ?? 0;
    this.#totals.set(name, total);
    return (total - before) / seconds;
  }
}

/** The connected workers together. */
function workersOf({ snapshot, vitalsOf }: SampledBroker): BrokerPoint {
  const connected = snapshot.sessions.filter(({ lost }) => !lost);
  const sum = (value: (session: (typeof connected)[number]) => number) =>
    connected.reduce((total, session) => total + value(session), 0);
  return {
    sessions: connected.length,
    slots: sum(({ slots = 0 }) => slots),
    busy: sum(({ id }) => vitalsOf(id)?.report.busy ?? 0),
    credit: sum(({ credit }) => credit),
  };
}

function difference(counts: Uint32Array, before: Uint32Array | undefined): Uint32Array {
  return before === undefined ? counts : counts.map((count, bucket) => count - (before[bucket] ?? 0));
}

function known(values: Readonly<Record<string, number | null | undefined>>): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [name, value] of Object.entries(values)) if (value !== null && value !== undefined) found[name] = value;
  return found;
}
