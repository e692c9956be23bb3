import type { Row } from "./row.js";

/** An at-most-once hand-out that waits for the commit of its claim. */
export interface Unproven {
  readonly commit: number;
  readonly row: Row;
  readonly claim: number;
  readonly to: { readonly session: string } | { readonly fetch: number };
}

/** The at-most-once hand-outs that wait for their commits, in the order of these. */
export class Proofs {
  readonly #waiting: Unproven[] = [];

  add(unproven: Unproven): void {
    this.#waiting.push(unproven);
  }

  has(claim: number): boolean {
    return this.#waiting.some((unproven) => unproven.claim === claim);
  }

  /** Takes out what the commit of that number, or one before it, proves. */
  *proven(commit: number): Generator<Unproven> {
    for (let first = this.#waiting[0]; first !== undefined && first.commit <= commit; first = this.#waiting[0]) {
      this.#waiting.shift();
      yield first;
    }
  }

  /** Rows that wait for their proof under a claim that still holds. */
  heldBy(whose: (to: Unproven["to"]) => boolean): Row[] {
    return this.#waiting.filter((unproven) => whose(unproven.to) && isCurrent(unproven)).map(({ row }) => row);
  }
}

/** Whether the claim still holds. */
export function isCurrent({ row, claim }: Unproven): boolean {
  return row.claim === claim && row.state === "processing";
}
