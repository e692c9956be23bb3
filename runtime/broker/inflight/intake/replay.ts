import type { RebuiltPartition } from "../persisted.js";

/** Which records of a partition were in hands that are not known here, and how far. */
interface Passage {
  /** At-most-once records below it were another journal's. */
  takenOverUntil: number;
  /** Records below it are read again because the journal lost rows. */
  rebuiltUntil: number;
  /** Of those, offsets that have their row. */
  readonly kept: ReadonlySet<number>;
}

const NONE: Passage = { takenOverUntil: 0, rebuiltUntil: 0, kept: new Set() };

/** What becomes of a record that is read again after a take-over or a loss of rows. */
export type Rereading =
  | "first"
  /** Its row is there. */
  | "kept"
  /** It may have been handed out before; where it was is not known. */
  | "taken_over"
  | "store_corrupt";

/** Partitions whose records are read again, by `<topic>\0<partition>`. */
export class Rereadings {
  readonly #passages = new Map<string, Passage>();

  recovered(rebuilt: readonly RebuiltPartition[]): void {
    for (const { topic, partition, until, kept } of rebuilt) {
      this.#passages.set(`${topic}\0${partition}`, { takenOverUntil: 0, rebuiltUntil: until, kept: new Set(kept) });
    }
  }

  /** `end`: records from there on are new, whatever is not known. */
  assigned(key: string, takenOverUntil: number, end: number): void {
    const { rebuiltUntil, kept } = this.#passages.get(key) ?? NONE;
    this.#passages.set(key, { takenOverUntil, rebuiltUntil: Math.min(rebuiltUntil, end), kept });
  }

  /** The log lost its end: whatever it has now may have been in hand before. */
  lost(key: string, end: number): void {
    this.#passages.set(key, { takenOverUntil: 0, rebuiltUntil: end, kept: new Set() });
  }

  /** Whether rows of the partition were lost, and what is behind `position` comes in again. */
  rereads(key: string, position: number): boolean {
    return position < (this.#passages.get(key) ?? NONE).rebuiltUntil;
  }

  /** The log of the partition is another one: nothing of it was in hand before. */
  forget(key: string): void {
    this.#passages.delete(key);
  }

  of(key: string, offset: number): Rereading {
    const { takenOverUntil, rebuiltUntil, kept } = this.#passages.get(key) ?? NONE;
    if (offset < rebuiltUntil) return kept.has(offset) ? "kept" : "store_corrupt";
    return offset < takenOverUntil ? "taken_over" : "first";
  }
}
