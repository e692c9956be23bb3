import type { Row } from "../live-row.js";

/** A claim without a row that is open for this long gets one, milliseconds. */
const CLAIM_AGE_MS = 100;
/** Timers of claims are rounded up to it. */
const AGE_STEP_MS = 25;

/** Claims whose activation has no row in the journal, in the order of their time. */
export class UnwrittenClaims {
  #claims: { readonly row: Row; readonly claim: number; readonly at: number }[] = [];

  add(row: Row, now: number): void {
    this.#claims.push({ row, claim: row.claim, at: now });
  }

  /** Removes claims that are old by now, and calls `insert` for those that are still open and without a row. */
  age(now: number, insert: (row: Row) => void): void {
    let aged = 0;
    for (const { row, claim, at } of this.#claims) {
      if (at > now - CLAIM_AGE_MS) break;
      aged += 1;
      if (row.claim === claim && row.state === "processing" && !row.stored && !row.settled) insert(row);
    }
    if (aged > 0) this.#claims = this.#claims.slice(aged);
  }

  /** When `age` has something to do; Infinity when never. */
  get nextAge(): number {
    const [oldest] = this.#claims;
    return oldest === undefined
      ? Number.POSITIVE_INFINITY
      : Math.ceil((oldest.at + CLAIM_AGE_MS) / AGE_STEP_MS) * AGE_STEP_MS;
  }
}
