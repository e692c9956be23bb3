import type { Letter } from "../records/letter.js";

/** Letters that failed in the same way, of one task. */
interface Group {
  /** "": the reason is none of Taskwire's. */
  readonly fingerprint: string;
  /** Wire name. */
  readonly task: string;
  readonly reason: string;
  /** The error of the newest of them. */
  readonly error: string;
  readonly count: number;
  /** When the newest of them ended, milliseconds; 0: unknown. */
  readonly newest: number;
}

/** The groups of a part of the letters. */
export interface Grouped {
  readonly groups: readonly Group[];
  /** Letters in no group, because there are too many groups. */
  readonly others: number;
}

/** Most groups that are counted. Exported for tests. */
export const MOST_GROUPS = 1000;

/** Counts letters by fingerprint, task and reason. */
export class Grouping {
  readonly #groups = new Map<string, Group>();
  #others = 0;

  add({ fp: fingerprint, task, reason, error, at: newest }: Letter): void {
    this.#put({ fingerprint, task, reason, error, count: 1, newest });
  }

  /** Adds what another part counted. */
  join({ groups, others }: Grouped): void {
    this.#others += others;
    for (const group of groups) this.#put(group);
  }

  /** The largest group first. */
  result(): Grouped {
    const groups = [...this.#groups.values()].sort((one, other) => other.count - one.count);
    return { groups, others: this.#others };
  }

  #put(group: Group): void {
    const key = JSON.stringify([group.fingerprint, group.task, group.reason]);
    const known = this.#groups.get(key);
    if (known === undefined && this.#groups.size >= MOST_GROUPS) {
      this.#others += group.count;
      return;
    }
    const newer = known === undefined || group.newest >= known.newest ? group : known;
    this.#groups.set(key, { ...newer, count: group.count + (known?.count ?? 0) });
  }
}
