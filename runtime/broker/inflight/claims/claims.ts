import { isReason, type Reason } from "../../../activation/reasons.js";
import { usedUp } from "../../../activation/retry.js";
import { failpoint } from "../../../base/failpoint.js";
import { cutError } from "../../../wire/codec/session-codec.js";
import type { Outcome, Started } from "../../../wire/session.js";
import type { Conclusion } from "../events.js";
import type { Row } from "../live-row.js";
import type { Parts } from "../parts.js";
import type { Lifecycle } from "../states/lifecycle.js";
import { Adoptions } from "./adoptions.js";
import { ClaimNumbers } from "./claim-numbers.js";
import { Deadlines } from "./deadlines.js";
import type { Session } from "./session.js";
import type { Receiver, UncommittedClaims } from "./uncommitted-claims.js";

/** How a run ended, whichever way it was reported. */
type Result = { readonly ran?: number } & (
  | { readonly kind: "complete" }
  | { readonly kind: "cancelled"; readonly error: string }
  | {
      readonly kind: "retry" | "failure";
      readonly reason: string;
      readonly error: string;
      readonly delay?: number | undefined;
      readonly maxAttempts?: number | undefined;
    }
);

/** Runs presumed lost in one tick. */
const LOSSES = 1000;

/**
 * The life of a claim. While it is current, its number alone settles the activation. The claim of a fetch has no session:
 * it ends by a conclusion or by its deadline, which counts from the hand-out.
 */
export class Claims {
  readonly #parts: Pick<
    Parts,
    "limits" | "step" | "rows" | "queues" | "currentClaims" | "cancelWishes" | "changes" | "counters" | "lostAgain"
  >;
  readonly #lifecycle: Lifecycle;
  readonly #uncommitted: UncommittedClaims;
  readonly #adoptions = new Adoptions();
  readonly #deadlines = new Deadlines();
  readonly #numbers: ClaimNumbers;

  constructor(parts: Parts, lifecycle: Lifecycle, uncommitted: UncommittedClaims) {
    this.#parts = parts;
    this.#lifecycle = lifecycle;
    this.#uncommitted = uncommitted;
    this.#numbers = new ClaimNumbers(parts.changes);
  }

  recovered(boot: number): void {
    this.#numbers.recovered(boot);
  }

  /** A row that was claimed before the start; `session` stands for the one that it was claimed by, "" for none. */
  restore(row: Row, session: string, now: number): void {
    row.claimUntil -= this.#parts.step.lead;
    if (session !== "") row.session = session;
    // The claim of a fetch has its deadline; one that was about to be handed out may have been.
    if (row.session === "" && row.claimUntil === Number.POSITIVE_INFINITY) {
      const { grace, sessionGrace } = this.#parts.limits;
      row.claimUntil = now + (row.worker === "" ? row.facts.deadline + grace : sessionGrace);
    }
    this.#parts.currentClaims.add(row);
    this.#deadlines.add(row, this.#parts.currentClaims.size);
  }

  /** The wall was set: the journal, which goes by the wall, gets the ends of claims again. */
  rewriteDeadlines(): void {
    for (const row of this.#parts.currentClaims.all()) {
      if (row.stored && row.claimUntil !== Number.POSITIVE_INFINITY) this.#changed(row);
    }
  }

  /** A pending row is claimed by the session; undefined: by a fetch. It was taken out of its queue. */
  claim(row: Row, session: Session | undefined): void {
    this.#parts.counters.handedOut += 1;
    this.#claim(row, session, this.#numbers.next());
  }

  /** A fetch is answered with the row: the deadline of its run counts from now. */
  handedOut(row: Row): void {
    row.claimUntil = this.#parts.step.now + row.facts.deadline + this.#parts.limits.grace;
    this.#deadlines.add(row, this.#parts.currentClaims.size);
    this.#changed(row);
  }

  /** A worker brings back a claim from before. */
  adopt(session: Session, claim: number, id: string): void {
    const { limits, step, rows, queues, currentClaims } = this.#parts;
    const row = rows.get(id);
    if (row === undefined) {
      this.#adoptions.add(session, claim, id, step.now + limits.sessionGrace);
    } else if (row.state === "processing" && row.claim === claim) {
      currentClaims.handTo(row, session.id);
      row.worker = session.worker;
      this.#changed(row);
      if (row.cancelled) this.askToEnd(row);
    } else if (row.state === "pending") {
      queues.remove(row);
      this.#claim(row, session, claim);
    }
  }

  /** A row just became pending; true when a worker brought its claim back and has it already. */
  adopted(row: Row): boolean {
    const adoption = this.#adoptions.take(row.facts.id);
    if (adoption === undefined) return false;
    this.#parts.queues.remove(row);
    this.#claim(row, adoption.session, adoption.claim);
    if (adoption.outcome !== undefined) this.outcome(adoption.session.id, adoption.outcome);
    return true;
  }

  /** Whether the claim counts for the session: current, or waiting for its activation to be read again. */
  counts(session: string, claim: number, id: string): boolean {
    const adoption = this.#adoptions.get(claim);
    return (
      this.#parts.currentClaims.get(claim)?.session === session ||
      (adoption?.id === id && adoption.session.id === session)
    );
  }

  /** Whether an outcome of one of the claims waits for its activation to be read again: it is not settled yet. */
  awaits(claims: readonly number[]): boolean {
    return this.expecting && claims.some((claim) => this.#adoptions.get(claim)?.outcome !== undefined);
  }

  /** Whether a worker brought a claim of this activation back. */
  expects(id: string): boolean {
    return this.#adoptions.has(id);
  }

  get expecting(): boolean {
    return this.#adoptions.expecting;
  }

  /** It was cancelled: a worker that brings a claim of it back must not start it. */
  refuse(id: string): void {
    this.#adoptions.refuse(id);
  }

  /** Everything that was claimed before the start is read again: claims that still wait have ended. */
  allRead(): void {
    this.#parts.counters.drops.stale += this.#adoptions.allRead();
  }

  /** The session is gone: claims that it brought back do not wait any longer, unless their outcome came. */
  forgetAdoptions(session: Session): void {
    this.#adoptions.forget((adoption) => adoption.session === session);
  }

  started(session: string, starts: readonly Started[], now: number): void {
    for (const { claim, since } of starts) {
      const row = this.#parts.currentClaims.get(claim);
      if (row === undefined || row.session !== session) continue;
      const until = now - since + row.facts.deadline + this.#parts.limits.grace;
      if (row.claimUntil === until) continue;
      row.claimUntil = until;
      this.#deadlines.add(row, this.#parts.currentClaims.size);
      this.#changed(row);
    }
  }

  outcome(session: string, outcome: Outcome): void {
    const row = this.#parts.currentClaims.get(outcome.claim);
    if (row !== undefined && row.session === session) {
      this.#end(row, outcome);
      return;
    }
    const adoption = this.#adoptions.get(outcome.claim);
    if (adoption === undefined) this.#parts.counters.drops.stale += 1;
    else adoption.outcome = outcome;
  }

  /** From a worker without a session: the first conclusion of a processing activation settles it. */
  conclude({ id, status, maxAttempts, delay }: Conclusion): void {
    const row = this.#parts.rows.get(id);
    if (row === undefined || row.state !== "processing" || (row.facts.atMostOnce && this.#uncommitted.has(row.claim))) {
      this.#parts.counters.drops.stale += 1;
      return;
    }
    if (status === "complete") this.#end(row, { kind: "complete" });
    else this.#end(row, { kind: status, reason: "reported", error: "", maxAttempts, delay });
  }

  /** Its worker is notified that a person cancelled the row, as soon as that is on disk. */
  askToEnd(row: Row): void {
    this.#parts.cancelWishes.add(row, this.#parts.changes.next);
    this.#parts.step.emit({ kind: "commitNow" });
  }

  /** Whether the claim was not handed out yet: it waits for its commit. */
  isUncommitted(claim: number): boolean {
    return this.#uncommitted.has(claim);
  }

  /** The claim of a cancelled row ends, and the row with it. */
  endCancelled(row: Row, how: string): void {
    // It keeps worker and claim: they belong to how it ended.
    this.#parts.currentClaims.remove(row);
    this.refuse(row.facts.id);
    this.#lifecycle.cancelled(row, how);
  }

  returned(session: string, claims: readonly number[]): void {
    for (const claim of claims) {
      const row = this.#parts.currentClaims.get(claim);
      if (row?.session === session) this.#giveBack(row);
      else this.#adoptions.giveUp(claim, session);
    }
  }

  /** The worker did not take a pushed claim. */
  refused(claim: number): void {
    const row = this.#parts.currentClaims.get(claim);
    if (row !== undefined) this.#giveBack(row);
  }

  /** Nobody knows whether the worker took a pushed claim. */
  unanswered(claim: number): void {
    const row = this.#parts.currentClaims.get(claim);
    if (row === undefined) return;
    if (row.facts.atMostOnce) this.presumeLost(row, "the worker did not answer the push");
    else this.#giveBack(row);
  }

  /** The worker has a new session and did not bring the claim back: it never got the work, or has given it up. */
  notBroughtBack(row: Row): void {
    const started = row.claimUntil !== Number.POSITIVE_INFINITY;
    if (row.facts.atMostOnce && started) this.presumeLost(row, `worker ${row.worker} reconnected without this run`);
    else this.#giveBack(row);
  }

  /** Claims that wait for their commit were never handed out. */
  giveBackUncommitted(receiver: Receiver): void {
    for (const row of this.#uncommitted.rowsFor(receiver)) this.#giveBack(row);
  }

  presumeLost(row: Row, error: string): void {
    failpoint("upkeep.deadline-reset");
    row.processingAttempts += 1;
    const { lostAgain, step } = this.#parts;
    const { application, namespace, task } = row.tally;
    lostAgain.lost({
      id: row.facts.id,
      application,
      namespace,
      task,
      times: row.processingAttempts,
      error,
      at: step.now,
    });
    if (row.cancelled) {
      this.endCancelled(row, error);
      return;
    }
    const usedUp = row.processingAttempts >= this.#parts.limits.maxProcessingAttempts;
    if (row.facts.atMostOnce || usedUp) {
      // It keeps worker and claim: they belong to how it ended.
      this.#parts.currentClaims.remove(row);
      this.#lifecycle.fail(row, row.facts.atMostOnce ? "worker_lost" : "processing_attempts_exceeded", error);
    } else {
      this.#release(row);
      this.#lifecycle.move(row, "pending");
    }
  }

  /** Ends claims that are over. Returns how many more runs may be presumed lost in this tick. */
  tick(now: number): number {
    let left = LOSSES;
    this.#parts.counters.drops.stale += this.#adoptions.over(now);
    for (; left > 0; left -= 1) {
      const row = this.#deadlines.takeOverdue(now);
      if (row === undefined) break;
      this.presumeLost(row, "no outcome before the deadline");
    }
    return left;
  }

  get nextWake(): number {
    return Math.min(this.#deadlines.earliest, this.#adoptions.nextEnd);
  }

  #claim(row: Row, session: Session | undefined, claim: number): void {
    row.claim = claim;
    row.session = session?.id ?? "";
    row.worker = session?.worker ?? "";
    row.claimUntil = Number.POSITIVE_INFINITY;
    row.claimedAt = this.#parts.step.now;
    this.#parts.currentClaims.add(row);
    this.#lifecycle.move(row, "processing");
  }

  #release(row: Row): void {
    this.#parts.currentClaims.remove(row);
    row.claim = 0;
    row.session = "";
    row.worker = "";
    row.claimUntil = Number.POSITIVE_INFINITY;
    row.claimedAt = 0;
  }

  /** Never started: back to its old place, without a processing attempt, unless it was cancelled. */
  #giveBack(row: Row): void {
    if (row.cancelled) {
      this.endCancelled(row, "");
      return;
    }
    this.#release(row);
    this.#lifecycle.move(row, "pending");
  }

  #end(row: Row, result: Result): void {
    this.#parts.currentClaims.remove(row);
    row.ran = result.ran ?? 0;
    if (result.kind === "complete") {
      this.#lifecycle.settle(row, "completed");
      return;
    }
    if (result.kind === "cancelled") {
      this.#lifecycle.cancelled(row, cutError(result.error));
      return;
    }
    const reason: Reason = isReason(result.reason) ? result.reason : "reported";
    const error = cutError(result.error);
    if (result.kind === "failure") {
      this.#lifecycle.fail(row, reason, error, result.maxAttempts);
      return;
    }
    const maxAttempts = result.maxAttempts ?? row.facts.maxAttempts;
    if (row.facts.atMostOnce || (maxAttempts > 0 && row.facts.attempts + 1 >= maxAttempts)) {
      this.#lifecycle.fail(row, usedUp(reason), error, maxAttempts);
    } else {
      this.#lifecycle.end(row, "retry", { reason, error, delay: result.delay, maxAttempts: result.maxAttempts });
    }
  }

  #changed(row: Row): void {
    this.#parts.changes.row(row, this.#parts.step.now);
  }
}
