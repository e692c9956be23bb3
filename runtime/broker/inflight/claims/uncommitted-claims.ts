import type { Row } from "../row.js";

/** An at-most-once hand-out that waits for the commit of its claim. */
export interface Unproven {
  readonly commit: number;
  readonly row: Row;
  readonly claim: number;
  readonly to: { readonly session: string } | { readonly fetch: number };
}

/** The at-most-once hand-outs that wait for their commits. */
export class Proofs {
  /** One list for each commit, in their order. */
  readonly #byCommit: Unproven[][] = [];
  readonly #byClaim = new Map<number, Unproven>();
  /** By session id, or by the number of the fetch. */
  readonly #byReceiver = new Map<string | number, Set<Unproven>>();

  add(unproven: Unproven): void {
    const last = this.#byCommit.at(-1);
    if (last?.[0]?.commit === unproven.commit) last.push(unproven);
    else this.#byCommit.push([unproven]);
    this.#byClaim.set(unproven.claim, unproven);
    const receiver = receiverOf(unproven.to);
    const others = this.#byReceiver.get(receiver);
    if (others === undefined) this.#byReceiver.set(receiver, new Set([unproven]));
    else others.add(unproven);
  }

  has(claim: number): boolean {
    return this.#byClaim.has(claim);
  }

  /** Takes out what the commit of that number, or one before it, proves. */
  *proven(commit: number): Generator<Unproven> {
    for (let first = this.#byCommit[0]; first?.[0] !== undefined && first[0].commit <= commit; ) {
      this.#byCommit.shift();
      for (const unproven of first) {
        this.#forget(unproven);
        yield unproven;
      }
      first = this.#byCommit[0];
    }
  }

  /** Rows that wait for their proof for this session or fetch, under a claim that still holds. */
  waitingFor(to: Unproven["to"]): Row[] {
    const waiting = this.#byReceiver.get(receiverOf(to)) ?? [];
    return [...waiting].filter(isCurrent).map(({ row }) => row);
  }

  #forget(unproven: Unproven): void {
    this.#byClaim.delete(unproven.claim);
    const receiver = receiverOf(unproven.to);
    const others = this.#byReceiver.get(receiver);
    others?.delete(unproven);
    if (others?.size === 0) this.#byReceiver.delete(receiver);
  }
}

/** Whether the claim still holds. */
export function isCurrent({ row, claim }: Unproven): boolean {
  return row.claim === claim && row.state === "processing";
}

function receiverOf(to: Unproven["to"]): string | number {
  return "session" in to ? to.session : to.fetch;
}
