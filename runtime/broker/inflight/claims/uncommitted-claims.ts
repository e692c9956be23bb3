import type { Row } from "../live-row.js";

/** A session, by its id, or a fetch, by its number. */
export type Receiver = { readonly session: string } | { readonly fetch: number };

/** A claim of at-most-once work that is handed out when the commit that holds it is on disk. */
interface UncommittedClaim {
  readonly commit: number;
  readonly row: Row;
  readonly claim: number;
  readonly to: Receiver;
}

/** The claims of at-most-once work that wait for their commits. */
export class UncommittedClaims {
  /** One list for each commit, in their order. */
  readonly #byCommit: UncommittedClaim[][] = [];
  readonly #byNumber = new Map<number, UncommittedClaim>();
  readonly #byReceiver = new Map<string | number, Set<UncommittedClaim>>();

  add(uncommitted: UncommittedClaim): void {
    const last = this.#byCommit.at(-1);
    if (last?.[0]?.commit === uncommitted.commit) last.push(uncommitted);
    else this.#byCommit.push([uncommitted]);
    this.#byNumber.set(uncommitted.claim, uncommitted);
    const receiver = keyOf(uncommitted.to);
    const others = this.#byReceiver.get(receiver);
    if (others === undefined) this.#byReceiver.set(receiver, new Set([uncommitted]));
    else others.add(uncommitted);
  }

  has(claim: number): boolean {
    return this.#byNumber.has(claim);
  }

  /** Removes and yields the claims of the commit with this number, and of those before it. */
  *takeCommitted(number: number): Generator<UncommittedClaim> {
    for (let first = this.#byCommit[0]; first?.[0] !== undefined && first[0].commit <= number; ) {
      this.#byCommit.shift();
      for (const uncommitted of first) {
        this.#forget(uncommitted);
        yield uncommitted;
      }
      first = this.#byCommit[0];
    }
  }

  /** Rows that wait to be handed to this session or fetch, under a claim that is still current. */
  rowsFor(receiver: Receiver): Row[] {
    const waiting = this.#byReceiver.get(keyOf(receiver)) ?? [];
    return [...waiting].filter(isCurrent).map(({ row }) => row);
  }

  #forget(uncommitted: UncommittedClaim): void {
    this.#byNumber.delete(uncommitted.claim);
    const receiver = keyOf(uncommitted.to);
    const others = this.#byReceiver.get(receiver);
    others?.delete(uncommitted);
    if (others?.size === 0) this.#byReceiver.delete(receiver);
  }
}

export function isCurrent({ row, claim }: UncommittedClaim): boolean {
  return row.claim === claim && row.state === "processing" && !row.settled;
}

function keyOf(receiver: Receiver): string | number {
  return "session" in receiver ? receiver.session : receiver.fetch;
}
