import type { Row } from "../live-row.js";
import { Heap } from "./heap.js";

/** The claim of a cancelled row, while its worker has to be notified, or has to answer. */
interface Wish {
  readonly row: Row;
  readonly claim: number;
  /** Id of the session that the wish is for. */
  readonly session: string;
}

/** Claims whose workers are to end their runs: those that wait until the mark is on disk, and those that were sent. */
export class CancelWishes {
  #unsent: (Omit<Wish, "session"> & { readonly commit: number })[] = [];
  readonly #sent = new Heap<Wish>();

  /** The worker is notified when the commit with this number is on disk. */
  add(row: Row, commit: number): void {
    this.#unsent.push({ row, claim: row.claim, commit });
  }

  /** Removes and returns the rows whose mark is on disk and whose claim is still current. */
  takeCommitted(number: number): Row[] {
    const { length } = this.#unsent;
    if (length === 0) return [];
    const committed = this.#unsent.filter(({ commit }) => commit <= number);
    if (committed.length > 0) this.#unsent = this.#unsent.filter(({ commit }) => commit > number);
    return committed.filter(isCurrent).map(({ row }) => row);
  }

  /** The worker was notified, and has to answer by then. */
  sent(row: Row, until: number): void {
    this.#sent.push(until, { row, claim: row.claim, session: row.session });
  }

  /** Removes and returns the next row whose worker did not answer in time. */
  takeUnanswered(now: number): Row | undefined {
    for (let wish = this.#sent.popDue(now); wish !== undefined; wish = this.#sent.popDue(now))
      if (isCurrent(wish) && wish.row.session === wish.session) return wish.row;
    return undefined;
  }

  /** When `takeUnanswered` has something to do; Infinity when never. */
  get nextEnd(): number {
    return this.#sent.earliest;
  }
}

function isCurrent({ row, claim }: Pick<Wish, "row" | "claim">): boolean {
  return row.claim === claim && row.state === "processing" && !row.settled;
}
