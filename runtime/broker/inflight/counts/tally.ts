import type { Counts, State } from "../../../activation/states.js";
import { LastMinute } from "./last-minute.js";

/** How many activations of one task are in each state, in memory or not. */
export class Tally {
  readonly application: string;
  readonly namespace: string;
  readonly task: string;
  pending = 0;
  delayed = 0;
  processing = 0;
  retry = 0;
  failure = 0;
  parked = 0;
  /** Since when no worker can take its pending work; undefined while one can, or when that was not checked yet. */
  unclaimedSince: number | undefined;
  /** No worker can take it, and has not for long enough: new work is parked at once. */
  absent = false;
  /** Earliest receive time among what is parked, as far as known. */
  oldestParked = Number.POSITIVE_INFINITY;
  readonly lastMinute = new LastMinute();

  constructor(application: string, namespace: string, task: string) {
    this.application = application;
    this.namespace = namespace;
    this.task = task;
  }

  move(from: State | undefined, to: State | undefined): void {
    if (from !== undefined) this[from] -= 1;
    if (to !== undefined) this[to] += 1;
  }

  get empty(): boolean {
    return this.pending + this.delayed + this.processing + this.retry + this.failure + this.parked === 0;
  }
}

/** What identifies a task among all that are in flight. */
export type TaskNames = Pick<Tally, "application" | "namespace" | "task">;

/** One string for the names, for maps. */
export function taskKey({ application, namespace, task }: TaskNames): string {
  return `${application}\0${namespace}\0${task}`;
}

/** Empty tallies are kept up to about this number. */
const SPARE_TALLIES = 4096;

/**
 * The tallies of the tasks in flight, by application, namespace and wire name. Names come from outside, so empty tallies
 * are dropped when there are many: nothing may hold on to one.
 */
export class Tallies {
  readonly #byKey = new Map<string, Tally>();
  /** The one asked for last: mostly the next one is the same, and a key costs more than three comparisons. */
  #last: Tally | undefined;
  /** Searched for empty ones at this size, at the latest. */
  #pruneAt = SPARE_TALLIES;

  of(names: TaskNames): Tally {
    const last = this.#last;
    if (
      last !== undefined &&
      last.task === names.task &&
      last.namespace === names.namespace &&
      last.application === names.application
    )
      return last;
    const key = taskKey(names);
    let tally = this.#byKey.get(key);
    if (tally === undefined) {
      if (this.#byKey.size >= this.#pruneAt) this.prune();
      tally = new Tally(names.application, names.namespace, names.task);
      this.#byKey.set(key, tally);
    }
    this.#last = tally;
    return tally;
  }

  [Symbol.iterator](): IterableIterator<Tally> {
    return this.#byKey.values();
  }

  get size(): number {
    return this.#byKey.size;
  }

  total(): Counts {
    const sum: Counts = { pending: 0, delayed: 0, processing: 0, retry: 0, failure: 0, parked: 0 };
    for (const tally of this.#byKey.values()) {
      sum.pending += tally.pending;
      sum.delayed += tally.delayed;
      sum.processing += tally.processing;
      sum.retry += tally.retry;
      sum.failure += tally.failure;
      sum.parked += tally.parked;
    }
    return sum;
  }

  /** Cheap for a few names; checks each of many. */
  prune(): void {
    if (this.#byKey.size <= SPARE_TALLIES) return;
    for (const [key, tally] of this.#byKey) if (tally.empty) this.#byKey.delete(key);
    this.#last = undefined;
    this.#pruneAt = Math.max(SPARE_TALLIES, 2 * this.#byKey.size);
  }
}
