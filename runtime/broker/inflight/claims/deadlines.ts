import type { Row } from "../live-row.js";
import { Heap } from "../memory/heap.js";

/** Entries of claims that have ended are kept up to this number. */
const SPARE = 1024;

/** Claimed rows by the end of their claim. Entries of claims that have ended, or end later by now, are skipped. */
export class Deadlines {
  readonly #heap = new Heap<Row>();

  /** The claim ends at `claimUntil`; Infinity: never. `current`: how many claims are current. */
  add(row: Row, current: number): void {
    if (row.claimUntil === Number.POSITIVE_INFINITY) return;
    // Entries of claims that have ended would hold their payloads until then.
    if (this.#heap.size > 2 * current + SPARE)
      this.#heap.keep((claimed, until) => isClaimed(claimed) && claimed.claimUntil === until);
    this.#heap.push(row.claimUntil, row);
  }

  /** Removes and returns the next row whose claim is over; undefined when there is none. */
  takeOverdue(now: number): Row | undefined {
    for (let row = this.#heap.popDue(now); row !== undefined; row = this.#heap.popDue(now)) {
      if (isClaimed(row) && row.claimUntil <= now) return row;
    }
    return undefined;
  }

  get earliest(): number {
    return this.#heap.earliest;
  }
}

function isClaimed({ state, settled }: Row): boolean {
  return state === "processing" && !settled;
}
