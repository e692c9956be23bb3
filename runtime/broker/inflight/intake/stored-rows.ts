import type { Claims } from "../claims/claims.js";
import { fromStored, type Row } from "../live-row.js";
import type { Parts } from "../parts.js";
import type { StoredRow } from "../row.js";
import type { Lifecycle } from "../states/lifecycle.js";
import type { OlderCopy } from "./older-copy.js";
import type { RuntimePolicy } from "./runtime-policy.js";

/** Rows of the journal become live: at the start, when their delay is nearly over, or when a worker for them appears. */
export class StoredRows {
  readonly #parts: Pick<Parts, "step" | "rows" | "delays" | "returned" | "tallies">;
  readonly #lifecycle: Lifecycle;
  readonly #claims: Claims;
  readonly #olderCopy: OlderCopy;
  readonly #policy: RuntimePolicy;

  constructor(parts: Parts, lifecycle: Lifecycle, claims: Claims, olderCopy: OlderCopy, policy: RuntimePolicy) {
    this.#parts = parts;
    this.#lifecycle = lifecycle;
    this.#claims = claims;
    this.#olderCopy = olderCopy;
    this.#policy = policy;
  }

  /** Delayed rows. */
  loaded(rows: readonly StoredRow[], complete: boolean, nextDue: number): void {
    const { delays, returned, step } = this.#parts;
    for (const stored of delays.loaded(rows, complete, nextDue)) {
      returned.returned(stored.seq);
      if (this.#lifecycle.dropDuplicate(stored)) continue;
      const row = this.enter(stored, true);
      if (row === undefined || this.#olderCopy.judge(row) || this.#policy.apply(row)) continue;
      if (row.facts.due > step.wall) continue;
      this.#lifecycle.move(row, "pending");
      this.#claims.adopted(row);
    }
  }

  /** A parked row is pending again. */
  unparked(stored: StoredRow): void {
    this.#parts.returned.returned(stored.seq);
    if (this.#lifecycle.dropDuplicate(stored)) return;
    const row = this.enter(stored, true);
    if (row === undefined) return;
    this.#lifecycle.move(row, "pending");
    if (this.#olderCopy.judge(row) || this.#claims.adopted(row) || this.#policy.apply(row)) return;
    // Many may have expired at once: none of them is handed out before the upkeep comes to it.
    if (row.facts.expiresAt <= this.#parts.step.wall) this.#lifecycle.expire(row);
  }

  /** Undefined when the row is live already. `counted`: tally and topic count it already. */
  enter(stored: StoredRow, counted: boolean): Row | undefined {
    if (this.#parts.rows.get(stored.id)?.facts.seq === stored.seq) return undefined;
    const row = fromStored(stored, this.#parts.tallies.of(stored));
    this.#lifecycle.enter(row, counted);
    if (row.state === "delayed") this.#parts.delays.add(row);
    if (row.state === "retry" || row.state === "failure") this.#lifecycle.publish(row);
    return row;
  }
}
