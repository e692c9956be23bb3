import type { Reason } from "../../activation/reasons.js";
import type { EndDocument } from "../../operations/documents/ends.js";
import type { Row } from "../inflight/live-row.js";
import { EndColumns, type TaskNames } from "./end-columns.js";
import { cutError } from "./kept.js";

/** Ends that are kept. */
const KEPT = 8192;
/** The newest of them keep their whole error, at most 4 KiB. */
const WHOLE_ERRORS = 256;

/** The newest ends that were no completions. */
export class UnhappyEnds {
  readonly columns = new EndColumns(KEPT);
  readonly #errors: string[] = [];
  #count = 0;

  /** `error`: cut. */
  add(
    number: number,
    row: Row,
    names: TaskNames,
    end: string,
    reason: Reason,
    error: string,
    fingerprint: string,
    now: number,
    wall: number,
  ): void {
    const place = this.#place(row.ending?.error ?? "");
    this.columns.set(place, number, row, names, end, reason, error, fingerprint, now, wall);
  }

  /** One that was read back from the history file. */
  restore(number: number, names: TaskNames, end: EndDocument): void {
    this.columns.restore(this.#place(end.error), number, names, end, cutError(end.error));
  }

  read(place: number): EndDocument {
    const behind = (this.#count - 1 - place + 2 * KEPT) % KEPT;
    return this.columns.read(place, behind < WHOLE_ERRORS ? this.#errors[place % WHOLE_ERRORS] : undefined);
  }

  /** Those with a larger number than `number`, the newest `most`, in their order. */
  after(number: number, most: number): { readonly ends: EndDocument[]; readonly leftOut: number } {
    const ends: EndDocument[] = [];
    let count = 0;
    for (let at = this.#count - 1; at >= 0 && at >= this.#count - KEPT; at -= 1) {
      const place = at % KEPT;
      if (this.columns.numberOf(place) <= number) break;
      count += 1;
      if (count <= most) ends.push(this.columns.read(place));
    }
    return { ends: ends.reverse(), leftOut: count - ends.length };
  }

  /** The next place; its whole error is kept for a while. */
  #place(error: string): number {
    const place = this.#count % KEPT;
    this.#errors[place % WHOLE_ERRORS] = error;
    this.#count += 1;
    return place;
  }
}
