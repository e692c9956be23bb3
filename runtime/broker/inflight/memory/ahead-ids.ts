import type { AheadId } from "../persisted.js";

/** Most ids at a time. */
const MOST = 10_000;
/** How long an id is remembered, milliseconds. */
const KEEP_MS = 86_400_000;

/** Ids that are not in flight yet, and are cancelled when their records are read. */
export class AheadIds {
  readonly #byId = new Map<string, AheadId>();
  #changed = false;

  recovered(ids: readonly AheadId[]): void {
    for (const each of ids) this.#byId.set(each.id, each);
  }

  get size(): number {
    return this.#byId.size;
  }

  get most(): number {
    return MOST;
  }

  /** When the oldest one was cancelled, by the wall; undefined: there is none. */
  get since(): number | undefined {
    for (const { until } of this.#byId.values()) return until - KEEP_MS;
    return undefined;
  }

  [Symbol.iterator](): IterableIterator<AheadId> {
    return this.#byId.values();
  }

  /** False: there is no room for another one. */
  add(id: string, by: string, wall: number): boolean {
    this.#byId.delete(id);
    this.#expire(wall);
    if (this.#byId.size >= MOST) return false;
    this.#byId.set(id, { id, by, until: wall + KEEP_MS });
    this.#changed = true;
    return true;
  }

  /** Removes and returns the entry of an id whose record was read. */
  take(id: string, wall: number): AheadId | undefined {
    const found = this.#byId.get(id);
    if (found === undefined) return undefined;
    this.#byId.delete(id);
    this.#changed = true;
    return found.until > wall ? found : undefined;
  }

  get changed(): boolean {
    return this.#changed;
  }

  /** All of them, when they changed since the last time. */
  takeChanged(): readonly AheadId[] | undefined {
    if (!this.#changed) return undefined;
    this.#changed = false;
    return [...this.#byId.values()];
  }

  /** They are in the order of their ends. */
  #expire(wall: number): void {
    for (const { id, until } of this.#byId.values()) {
      if (until > wall) return;
      this.#byId.delete(id);
    }
  }
}
