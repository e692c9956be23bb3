import { BROKER_SERIES, TASK_SERIES } from "../../../operations/documents/series.js";
import type { TaskNames } from "../end-columns.js";

/** Points kept: one hour. */
export const POINTS = 720;
/** How far apart they are, seconds. */
export const POINT_SECONDS = 5;
/** Tasks with series of their own. */
export const MOST_TASKS = 200;

type BrokerSeries = (typeof BROKER_SERIES)[number];
type TaskSeries = (typeof TASK_SERIES)[number];

/** The values of one point; what is missing is not known. */
export type BrokerPoint = Partial<Record<BrokerSeries, number>>;
export type TaskPoint = Partial<Record<TaskSeries, number>>;

/** Some series of one subject in one piece, as rings of points. */
class Rings {
  readonly #values: Float32Array;

  constructor(series: number) {
    this.#values = new Float32Array(series * POINTS).fill(Number.NaN);
  }

  set(series: number, point: number, value: number | undefined): void {
    this.#values[series * POINTS + point] = value ?? Number.NaN;
  }

  get(series: number, point: number): number {
    return this.#values[series * POINTS + point] ?? Number.NaN;
  }

  clear(): void {
    this.#values.fill(Number.NaN);
  }
}

interface TaskRings {
  names: TaskNames;
  readonly rings: Rings;
}

/**
 * The last hour of a broker and of its busiest tasks, a point each 5 s. It is not kept over a restart: long-term graphs are
 * made from the metrics.
 */
export class Series {
  readonly #at = new Float64Array(POINTS);
  readonly #broker = new Rings(BROKER_SERIES.length);
  readonly #tasks = new Map<string, TaskRings>();
  #count = 0;

  /** `tasks`: at most 200, by a key of their names; the series of others end. `wall`: milliseconds. */
  add(
    wall: number,
    broker: BrokerPoint,
    tasks: ReadonlyMap<string, { readonly names: TaskNames; readonly point: TaskPoint }>,
  ): void {
    const point = this.#count % POINTS;
    this.#at[point] = wall;
    this.#count += 1;
    for (const [index, name] of BROKER_SERIES.entries()) this.#broker.set(index, point, broker[name]);
    const left = [...this.#tasks.keys()].filter((key) => !tasks.has(key));
    for (const [key, { names, point: values }] of tasks) {
      const { rings } = this.#tasks.get(key) ?? this.#room(key, names, left);
      for (const [index, name] of TASK_SERIES.entries()) rings.set(index, point, values[name]);
    }
    for (const key of left) {
      const rings = this.#tasks.get(key)?.rings;
      for (const index of TASK_SERIES.keys()) rings?.set(index, point, undefined);
    }
  }

  /** When the points were taken, the oldest first, by place. */
  points(): { readonly place: number; readonly at: number }[] {
    const first = Math.max(0, this.#count - POINTS);
    return Array.from({ length: this.#count - first }, (_, n) => {
      const place = (first + n) % POINTS;
      return { place, at: this.#at[place] ?? 0 };
    });
  }

  /** The value of the newest point; null: there is none, or it was not measured. */
  newest(name: BrokerSeries): number | null {
    const value = this.#count === 0 ? Number.NaN : this.broker(name, (this.#count - 1) % POINTS);
    return Number.isNaN(value) ? null : value;
  }

  broker(name: BrokerSeries, place: number): number {
    return this.#broker.get(BROKER_SERIES.indexOf(name), place);
  }

  /** The tasks that have series. */
  get tasks(): { readonly names: TaskNames; value(name: TaskSeries, place: number): number }[] {
    return [...this.#tasks.values()].map(({ names, rings }) => ({
      names,
      value: (name, place) => rings.get(TASK_SERIES.indexOf(name), place),
    }));
  }

  /** Rings for a new task: those of a task whose series ended, when there is no room. `ended`: their keys; one is taken. */
  #room(key: string, names: TaskNames, ended: string[]): TaskRings {
    const gone = this.#tasks.size >= MOST_TASKS ? ended.shift() : undefined;
    const former = gone === undefined ? undefined : this.#tasks.get(gone);
    if (gone !== undefined) this.#tasks.delete(gone);
    former?.rings.clear();
    const task = { names, rings: former?.rings ?? new Rings(TASK_SERIES.length) };
    this.#tasks.set(key, task);
    return task;
  }
}
