import { nextId } from "../../../activation/retry.js";
import type { Claims } from "../claims/claims.js";
import type { Sessions } from "../claims/sessions.js";
import type { Act, Acted } from "../events.js";
import type { Row } from "../live-row.js";
import type { Parts } from "../parts.js";
import type { StoredRow } from "../row.js";
import type { Lifecycle } from "../states/lifecycle.js";
import type { Parking } from "../states/parking.js";

/** A worker that was notified of a cancelled claim and does not answer within this time does not know the message, milliseconds. */
const ANSWER_MS = 10_000;
/** Claims in one message. */
const BATCH = 1024;

/** What the verdict depends on. */
type CancelWish = Pick<Act, "verb" | "by">;

/**
 * Cancels activations. What waits is settled at once. A claimed one is marked first: when the mark is on disk, its worker
 * is asked to end the run, and whatever ends the claim settles it.
 */
export class Cancel {
  readonly #parts: Pick<Parts, "step" | "ownership" | "cancelWishes" | "changes">;
  readonly #lifecycle: Lifecycle;
  readonly #claims: Claims;
  readonly #sessions: Sessions;
  readonly #parking: Parking;

  constructor(parts: Parts, lifecycle: Lifecycle, claims: Claims, sessions: Sessions, parking: Parking) {
    this.#parts = parts;
    this.#lifecycle = lifecycle;
    this.#claims = claims;
    this.#sessions = sessions;
    this.#parking = parking;
  }

  /** A row in memory. */
  live(row: Row, { verb, by }: CancelWish): Acted {
    const { id } = row.facts;
    switch (row.state) {
      case "retry":
      case "failure":
        return tooLate(row);
      case "processing":
        return verb === "purge" ? { id, what: "running" } : this.#claimed(row, by);
      case "pending":
        if (this.#parts.ownership.isHeld(row)) {
          this.#mark(row, by);
          return { id, what: "asked" };
        }
        break;
      case "parked":
        this.#parking.ended(row.facts.seq);
        break;
      case "delayed":
        break;
    }
    // One without a row was read since its partition was assigned, and so were all before it.
    const unwritten = row.state === "pending" && !row.stored && !row.dirty;
    this.#lifecycle.cancel(row, by);
    this.#claims.refuse(id);
    // The position passes its record, so that a later owner of its partition does not read it again.
    if (unwritten && this.#parts.ownership.mayMove(row.facts)) this.#parts.changes.secure(row.facts);
    return { id, what: "done" };
  }

  /** A row that only the journal has. */
  stored(stored: StoredRow, { by }: CancelWish): void {
    if (stored.state === "parked") this.#parking.ended(stored.seq);
    this.#lifecycle.cancelStored(stored, by);
  }

  /** A commit is on disk: workers are notified of the claims that it marks. */
  committed(number: number): void {
    const { cancelWishes, step } = this.#parts;
    const bySession = new Map<string, number[]>();
    for (const row of cancelWishes.takeCommitted(number)) {
      // One whose session is lost is asked again when its worker brings the claim back.
      if (!this.#sessions.isConnected(row.session)) continue;
      cancelWishes.sent(row, step.now + ANSWER_MS);
      const claims = bySession.get(row.session);
      if (claims === undefined) bySession.set(row.session, [row.claim]);
      else claims.push(row.claim);
    }
    for (const [session, claims] of bySession)
      for (let from = 0; from < claims.length; from += BATCH)
        step.emit({ kind: "cancel", session, claims: claims.slice(from, from + BATCH) });
  }

  /** Ends claims whose workers do not answer. */
  tick(now: number): void {
    const { cancelWishes } = this.#parts;
    for (let row = cancelWishes.takeUnanswered(now); row !== undefined; row = cancelWishes.takeUnanswered(now)) {
      if (this.#sessions.isConnected(row.session))
        this.#claims.endCancelled(row, "the worker did not answer within 10 s; its handler may still run");
    }
  }

  get nextWake(): number {
    return this.#parts.cancelWishes.nextEnd;
  }

  #claimed(row: Row, by: string): Acted {
    const { id } = row.facts;
    if (this.#claims.isUncommitted(row.claim)) {
      // It was never handed out, so the credit that it took is free again.
      this.#sessions.credit(row.session, 1);
      this.#mark(row, by);
      this.#claims.endCancelled(row, "");
      return { id, what: "done" };
    }
    if (!row.cancelled) {
      this.#mark(row, by);
      if (row.session !== "") this.#claims.askToEnd(row);
    }
    // A worker without a session cannot be notified.
    return row.session === ""
      ? { id, what: "asked", until: row.claimUntil + this.#parts.step.lead }
      : { id, what: "asked" };
  }

  #mark(row: Row, by: string): void {
    if (row.cancelled) return;
    row.ending = { reason: "cancelled", error: "", by };
    this.#parts.changes.row(row, this.#parts.step.now);
  }
}

/** It has ended: its next run, or its dead letter, is on its way to the log. */
export function tooLate({ facts: { id, attempts }, state, ending }: Row): Acted {
  if (state === "failure") return { id, what: "too_late" };
  // A forwarded activation keeps its id.
  return { id, what: "too_late", next: ending?.demoted === true ? id : nextId(id, attempts + 1) };
}
