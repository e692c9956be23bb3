import type { State } from "../row.js";
import { LastMinute } from "./last-minute.js";

/** How many activations of one task are in each state, live or not. */
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
  /** Since when no worker can take its pending work; undefined while one can, or nobody looked yet. */
  unclaimedSince: number | undefined;
  /** Unclaimed for so long that new work is parked at once. */
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

export interface Counts {
  pending: number;
  delayed: number;
  processing: number;
  retry: number;
  failure: number;
  parked: number;
}

/** Tallies that are empty are kept up to about this number. */
const SPARE_TALLIES = 4096;

/**
 * The tallies of the tasks that are in flight, by application, namespace and wire name. Names come from outside: a task
 * that is no longer in flight is forgotten when there are many. Nobody may keep a tally that counts nothing.
 */
export class Tallies {
  readonly #byKey = new Map<string, Tally>();
  /** Looked through for empty ones at this size, at the latest. */
  #pruneAt = SPARE_TALLIES;

  of({ application, namespace, task }: Pick<Tally, "application" | "namespace" | "task">): Tally {
    const key = `${application}\0${namespace}\0${task}`;
    let tally = this.#byKey.get(key);
    if (tally === undefined) {
      if (this.#byKey.size >= this.#pruneAt) this.prune();
      tally = new Tally(application, namespace, task);
      this.#byKey.set(key, tally);
    }
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

  /** Cheap for a few names; of many, each is looked at. */
  prune(): void {
    if (this.#byKey.size <= SPARE_TALLIES) return;
    for (const [key, tally] of this.#byKey) if (tally.empty) this.#byKey.delete(key);
    this.#pruneAt = Math.max(SPARE_TALLIES, 2 * this.#byKey.size);
  }
}
