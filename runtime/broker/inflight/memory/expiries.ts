import type { Row } from "../live-row.js";
import { Heap } from "./heap.js";

/** Entries of rows that have left their state are kept up to this number. */
const SPARE = 1024;

/** Pending rows with an expiry, by its time. */
export class Expiries {
  readonly #heap = new Heap<Row>();

  /** A row that became pending. `live`: how many rows are in memory. */
  add(row: Row, live: number): void {
    if (row.facts.expiresAt === Number.POSITIVE_INFINITY) return;
    // Entries of rows that are pending no more would hold their payloads until they expire.
    if (this.#heap.size > 2 * live + SPARE) this.#heap.keep(isPending);
    this.#heap.push(row.facts.expiresAt, row);
  }

  /** Removes and returns the next entry that is over; its row may have left the state. */
  takeDue(wall: number): Row | undefined {
    return this.#heap.popDue(wall);
  }

  get earliest(): number {
    return this.#heap.earliest;
  }
}

function isPending({ state, settled }: Row): boolean {
  return state === "pending" && !settled;
}
