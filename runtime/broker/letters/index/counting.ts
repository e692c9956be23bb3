import { leftOut } from "../resolve/verdict.js";
import type { Listed, ListPosition } from "./rows.js";

/** What a change by filter would do, counted over a part of the letters. */
export interface Counted {
  readonly matched: number;
  /** By why they would not be replayed. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** By wire name; the last ones together under "". */
  readonly tasks: Readonly<Record<string, number>>;
  readonly samples: readonly Listed[];
  /** Where to count on; undefined: all are counted. */
  readonly next: ListPosition | undefined;
}

const SAMPLES = 5;
const MOST_TASKS = 200;

/** Counts letters as a replay or a purge would find them. */
export class Counting {
  #matched = 0;
  readonly #leftOut = new Map<string, number>();
  readonly #tasks = new Map<string, number>();
  readonly #samples: Listed[] = [];

  /** `mayHaveStarted` undefined: a purge, which leaves nothing out. */
  add(listed: Listed, mayHaveStarted: boolean | undefined): void {
    const { letter } = listed;
    this.#matched += 1;
    const known = this.#tasks.has(letter.task) || this.#tasks.size < MOST_TASKS;
    bump(this.#tasks, known ? letter.task : "", 1);
    if (this.#samples.length < SAMPLES) this.#samples.push(listed);
    const why = mayHaveStarted === undefined ? undefined : leftOut(letter, mayHaveStarted);
    if (why !== undefined) bump(this.#leftOut, why, 1);
  }

  /** Adds what another part counted. */
  join({ matched, leftOut: out, tasks, samples }: Omit<Counted, "next">): void {
    this.#matched += matched;
    for (const [why, count] of Object.entries(out)) bump(this.#leftOut, why, count);
    for (const [task, count] of Object.entries(tasks)) {
      bump(this.#tasks, this.#tasks.has(task) || this.#tasks.size < MOST_TASKS ? task : "", count);
    }
    this.#samples.push(...samples.slice(0, SAMPLES - this.#samples.length));
  }

  result(): Omit<Counted, "next"> {
    return {
      matched: this.#matched,
      leftOut: Object.fromEntries(this.#leftOut),
      tasks: Object.fromEntries(this.#tasks),
      samples: this.#samples,
    };
  }
}

function bump(counts: Map<string, number>, name: string, by: number): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}
