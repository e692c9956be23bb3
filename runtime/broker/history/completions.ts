import type { EndDocument } from "../../operations/documents/ends.js";
import type { Row } from "../inflight/live-row.js";
import { EndColumns, type TaskNames } from "./end-columns.js";
import type { TaskEnds } from "./task-ends.js";

/** At most one completion of a task is kept in this time, milliseconds. */
const EVERY_MS = 100;
/** Completions kept of each of so many tasks. */
const EACH = 32;
const MOST_TASKS = 256;
const MINUTE_MS = 60_000;
/** Minutes whose slowest completion is kept. */
const MINUTES = 60;

/**
 * Completions, sampled by time: the last seconds of busy tasks and everything of quiet ones, for the 256 busiest tasks; and
 * of each of the last 60 minutes the one that ran longest.
 */
export class Completions {
  readonly columns = new EndColumns(MOST_TASKS * EACH);
  readonly slowest = new EndColumns(MINUTES);
  readonly #free = Array.from({ length: MOST_TASKS }, (_, slot) => MOST_TASKS - 1 - slot);
  readonly #next = new Uint32Array(MOST_TASKS);
  readonly #holders: (TaskEnds | undefined)[] = [];
  #restored = 0;
  #minute = 0;
  #longest = -1;

  /** `ran`: how long it ran or was held, milliseconds. */
  add(number: number, row: Row, task: TaskEnds, ran: number, now: number, wall: number): void {
    const minute = Math.floor(wall / MINUTE_MS);
    if (ran > this.#longest || minute !== this.#minute) {
      this.#minute = minute;
      this.#longest = ran;
      this.slowest.set(minute % MINUTES, number, row, task.names, "completed", "", "", "", now, wall);
    }
    const since = wall - task.sampledAt;
    // Also after the wall was set back.
    if (since >= 0 && since < EVERY_MS) return;
    const place = this.#place(task);
    if (place === undefined) return;
    task.sampledAt = wall;
    this.columns.set(place, number, row, task.names, "completed", "", "", "", now, wall);
  }

  /** One that was read back from the history file: in the places that no task has yet, in turn. */
  restore(number: number, names: TaskNames, end: EndDocument): void {
    const place = this.#restored % this.columns.capacity;
    this.#restored += 1;
    this.columns.restore(place, number, names, end, "");
  }

  /** Those with a larger number than `number`, the first `most`. */
  after(number: number, most: number): { readonly ends: EndDocument[]; readonly leftOut: number } {
    const ends: EndDocument[] = [];
    let count = 0;
    for (let place = 0; place < this.columns.capacity; place += 1) {
      if (this.columns.numberOf(place) <= number) continue;
      count += 1;
      if (count <= most) ends.push(this.columns.read(place));
    }
    return { ends, leftOut: count - ends.length };
  }

  /** The task keeps nothing from here on. */
  release(task: TaskEnds): void {
    const { samples } = task;
    if (samples === undefined) return;
    task.samples = undefined;
    this.#holders[samples] = undefined;
    this.#free.push(samples);
  }

  /** The busiest tasks keep their completions; others give their places to them. `tasks`: the busiest first. */
  rank(tasks: readonly TaskEnds[]): void {
    const busiest = tasks.slice(0, MOST_TASKS);
    const without = busiest.filter(({ samples }) => samples === undefined);
    if (without.length <= this.#free.length) return;
    const keep = new Set(busiest);
    for (const holder of this.#holders) if (holder !== undefined && !keep.has(holder)) this.release(holder);
  }

  #place(task: TaskEnds): number | undefined {
    const samples = task.samples ?? this.#take(task);
    if (samples === undefined) return undefined;
    const next = this.#next[samples] ?? 0;
    this.#next[samples] = (next + 1) % EACH;
    return samples * EACH + next;
  }

  #take(task: TaskEnds): number | undefined {
    const samples = this.#free.pop();
    if (samples === undefined) return undefined;
    task.samples = samples;
    this.#holders[samples] = task;
    return samples;
  }
}
