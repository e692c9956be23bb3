import type { Reason } from "../../activation/reasons.js";
import { hash64 } from "../../base/ids.js";
import { type Tally, taskKey } from "../inflight/counts/tally.js";
import type { TaskNames } from "./end-columns.js";
import type { Group } from "./error-groups.js";
import { BUCKETS } from "./histogram.js";
import { kept } from "./kept.js";

/** Most tasks whose ends are counted apart: their names come from outside. */
const MOST_TASKS = 1000;

export interface LastError {
  readonly reason: Reason;
  /** The error as it is kept. */
  readonly text: string;
  /** Whether that is all of it. */
  readonly whole: boolean;
  /** The fingerprint of all errors of that reason that begin with the text; undefined: too many came to be grouped. */
  readonly group: Group | undefined;
}

/** How the runs of one task ended since the start, and how long they waited and ran. */
export class TaskEnds {
  readonly names: TaskNames;
  /** Hash of the names: two tasks have different ones, but for a chance of one in four billion. */
  readonly number: number;
  /** By end. */
  readonly counts: Record<string, number> = { completed: 0 };
  /** Runs by the time from when they were due until they were handed out. */
  readonly waits = new Uint32Array(BUCKETS);
  /** Runs by the time that they ran, or, where their worker does not measure it, that it held them. */
  readonly runs = new Uint32Array(BUCKETS);
  /** The topic of the last end. */
  topic = "";
  /** When the last end was, by the wall. */
  lastAt = 0;
  /** When the last completion that was kept was, by the wall. */
  sampledAt = 0;
  /** The last failed run: runs that fail in the same way share what was made of it. */
  lastError: LastError | undefined;
  /** Where its completions are kept; undefined: nowhere. */
  samples: number | undefined;

  constructor(names: TaskNames) {
    this.names = {
      application: kept(names.application),
      namespace: kept(names.namespace),
      task: kept(names.task),
    };
    this.number = numberOf(this.names);
  }

  count(end: string): void {
    this.counts[end] = (this.counts[end] ?? 0) + 1;
  }

  /** `wait`, `run`: buckets. */
  time(wait: number, run: number): void {
    this.waits[wait] = (this.waits[wait] ?? 0) + 1;
    this.runs[run] = (this.runs[run] ?? 0) + 1;
  }

  /** Failed runs, and activations that were discarded without one. */
  get failed(): number {
    const { retry = 0, failure = 0, discarded = 0 } = this.counts;
    return retry + failure + discarded;
  }
}

export function numberOf(names: TaskNames): number {
  return Number(hash64(taskKey(names)) & 0xffff_ffffn);
}

/** The tasks with ends. When there are too many, those whose last end is oldest are forgotten. */
export class TasksWithEnds {
  readonly #byTally = new Map<Tally, TaskEnds>();
  readonly #forgotten: (task: TaskEnds) => void;

  constructor(forgotten: (task: TaskEnds) => void) {
    this.#forgotten = forgotten;
  }

  of(tally: Tally): TaskEnds {
    return this.#byTally.get(tally) ?? this.#add(tally);
  }

  [Symbol.iterator](): IterableIterator<[Tally, TaskEnds]> {
    return this.#byTally.entries();
  }

  #add(tally: Tally): TaskEnds {
    if (this.#byTally.size >= MOST_TASKS) this.#forget();
    const task = new TaskEnds(tally);
    this.#byTally.set(tally, task);
    return task;
  }

  /** A tenth at a time, so that sorting them is rare. */
  #forget(): void {
    const oldest = [...this.#byTally].sort(([, one], [, other]) => one.lastAt - other.lastAt);
    for (const [tally, task] of oldest.slice(0, MOST_TASKS / 10)) {
      this.#byTally.delete(tally);
      this.#forgotten(task);
    }
  }
}
