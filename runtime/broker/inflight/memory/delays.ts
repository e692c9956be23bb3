import type { Limits } from "../limits.js";
import type { Row } from "../live-row.js";
import type { Cursor, LoadRequest } from "../persisted.js";
import { Heap } from "./heap.js";

/** Rows that are due within it are loaded, however many others wait in memory. */
const SOON_MS = 1000;

/**
 * Which delayed activations are in memory. The others come after a cursor in the journal, by (due, seq), and are loaded
 * when the memory window reaches them.
 */
export class Delays {
  readonly #limits: Limits;
  readonly #live = new Heap<Row>();
  /** Every delayed row that is not in memory comes after it. */
  #cursor: Cursor = { due: -1, seq: -1 };
  /** Set during a load: rows that are due until then stay in memory, because the answer may not contain them. */
  #loadingUntil: number | undefined;
  /** Not later than the due time of any row that is not in memory. */
  #storedDue = Number.POSITIVE_INFINITY;
  #storedWhileLoading = Number.POSITIVE_INFINITY;
  /** Rows that were settled during a load: its answer may still contain them. */
  readonly #settledWhileLoading = new Set<number>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  recovered(nextDue: number): void {
    this.#storedDue = nextDue;
  }

  /** Adds a delayed row; false: it does not stay in memory, and comes back by a load. */
  admit(row: Row, now: number, fits: boolean): boolean {
    if (this.#admits(row, now, fits)) {
      this.#live.push(row.facts.due, row);
      return true;
    }
    const { due } = row.facts;
    if (due < this.#storedDue) this.#storedDue = due;
    if (due < this.#storedWhileLoading) this.#storedWhileLoading = due;
    return false;
  }

  /** Adds a row that was loaded. */
  add(row: Row): void {
    this.#live.push(row.facts.due, row);
  }

  #admits(row: Row, now: number, fits: boolean): boolean {
    const { due, seq } = row.facts;
    if (this.#loadingUntil !== undefined) return due <= this.#loadingUntil;
    if (this.#storedDue === Number.POSITIVE_INFINITY) {
      const window = now + this.#limits.memoryWindow;
      if (window > this.#cursor.due) this.#cursor = { due: window, seq: Number.POSITIVE_INFINITY };
    }
    const reached = due < this.#cursor.due || (due === this.#cursor.due && seq <= this.#cursor.seq);
    if (!reached) return false;
    if (fits && this.#live.size < this.#limits.maxPendingCount) return true;
    this.#cursor = { due, seq: seq - 1 };
    return false;
  }

  settled(row: Row): void {
    if (this.#loadingUntil !== undefined) this.#settledWhileLoading.add(row.facts.seq);
  }

  /** Not later than the due time of any delayed row; Infinity: there is none. */
  get nextDue(): number {
    return Math.min(this.#live.earliest, this.#storedDue);
  }

  /** The next live row whose delay has passed. */
  takeDue(now: number): Row | undefined {
    return this.#live.popDue(now);
  }

  /**
   * Asks for the rows that the memory window has reached; when memory is full, only for those that are due soon, so that
   * others do not hold them up. `room`: how many more pending rows fit.
   */
  load(now: number, room: number, fits: boolean): LoadRequest | undefined {
    const free = this.#free(fits);
    const dueBefore = now + this.#windowFor(free);
    if (this.#loadingUntil !== undefined || this.#storedDue > dueBefore || room <= 0) return undefined;
    const limit = Math.min(free > 0 ? free : room, this.#limits.loadLimit);
    this.#loadingUntil = dueBefore;
    this.#storedWhileLoading = Number.POSITIVE_INFINITY;
    return { after: this.#cursor, dueBefore, limit };
  }

  /** Takes the answer of a load; returns its rows that are not settled. */
  loaded<T extends Cursor>(rows: readonly T[], complete: boolean, nextDue: number): T[] {
    const last = rows.at(-1);
    if (complete && this.#loadingUntil !== undefined) {
      this.#cursor = { due: this.#loadingUntil, seq: Number.POSITIVE_INFINITY };
    } else if (last !== undefined) {
      this.#cursor = { due: last.due, seq: last.seq };
    }
    this.#loadingUntil = undefined;
    this.#storedDue = Math.min(nextDue, this.#storedWhileLoading);
    const unsettled = rows.filter((row) => !this.#settledWhileLoading.has(row.seq));
    this.#settledWhileLoading.clear();
    return unsettled;
  }

  /** When `takeDue` or `load` has something to do; Infinity when never. */
  nextWake(room: number, fits: boolean): number {
    const stored =
      this.#loadingUntil === undefined && room > 0
        ? this.#storedDue - this.#windowFor(this.#free(fits))
        : Number.POSITIVE_INFINITY;
    return Math.min(this.#live.earliest, stored);
  }

  /** How many more delayed rows fit in memory. */
  #free(fits: boolean): number {
    return fits ? Math.max(0, this.#limits.maxPendingCount - this.#live.size) : 0;
  }

  #windowFor(free: number): number {
    return free > 0 ? this.#limits.memoryWindow : Math.min(SOON_MS, this.#limits.memoryWindow);
  }
}
