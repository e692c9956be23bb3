import { isReason, type Reason } from "../../../activation/reasons.js";
import { usedUp } from "../../../activation/retry.js";
import { failpoint } from "../../../base/failpoint.js";
import { cutError } from "../../../wire/codec/session-codec.js";
import { BATCH_ACTIVATIONS, BATCH_BYTES } from "../../../wire/limits.js";
import type { Delivery, HeldClaim, Outcome, Started, TaskOffer } from "../../../wire/session.js";
import { type Core, namesOf } from "../core.js";
import type { SessionSnapshot } from "../counts/snapshot.js";
import type { Tally } from "../counts/tally.js";
import type { Conclusion, Fetch } from "../events.js";
import type { Row } from "../row.js";
import { Heap } from "../waiting/heap.js";
import { Adoptions } from "./adoptions.js";
import { ClaimNumbers } from "./claim-numbers.js";
import { CurrentClaims } from "./current-claims.js";
import { Fetches } from "./fetches.js";
import type { Claimant } from "./session.js";
import { StartGate } from "./start-gate.js";
import { isCurrent, Proofs, type Unproven } from "./uncommitted-claims.js";

/** How a run ended, whichever way it was reported. */
type Result =
  | { readonly kind: "complete" }
  | {
      readonly kind: "retry" | "failure";
      readonly reason: string;
      readonly error: string;
      readonly delay?: number | undefined;
      readonly maxAttempts?: number | undefined;
    };

/** Runs presumed lost at a time. */
const LOSSES = 1000;
/** Deadlines of claims that have ended are kept up to this number. */
const SPARE_DEADLINES = 1024;

/**
 * Sessions, fetches, and the claims of both. While a claim is current, its number alone settles the activation on a
 * stream. An at-most-once claim is handed out only when the commit that holds it is
 * durable. A claim of a fetch has no session; it ends by a conclusion or its deadline, which counts from the hand-out.
 */
export class Claims {
  readonly #core: Core;
  readonly #current = new CurrentClaims();
  readonly #claimants = new Map<string, Claimant>();
  readonly #adoptions = new Adoptions();
  readonly #fetches: Fetches;
  readonly #proofs = new Proofs();
  readonly #gate = new StartGate();
  readonly #numbers: ClaimNumbers;
  #rotation = 0;
  /** Claims by their end; those that ended before, or end later by now, are passed over. */
  readonly #deadlines = new Heap<Row>();

  constructor(core: Core) {
    this.#core = core;
    this.#fetches = new Fetches(core.limits);
    this.#numbers = new ClaimNumbers(core.changes);
  }

  recovered(boot: number, workers: readonly string[], now: number): void {
    this.#numbers.recovered(boot);
    this.#gate.await(workers, now + this.#core.limits.startGate);
    for (const worker of workers) {
      const session = sessionBefore(worker);
      this.#claimants.set(session, {
        session,
        worker,
        application: "",
        tasks: new Set(),
        offers: [],
        credit: 0,
        draining: true,
        lostAt: now,
        told: false,
      });
    }
  }

  /** A row that was claimed before the start. */
  restore(row: Row, now: number): void {
    row.claimUntil -= this.#core.lead;
    // Only the workers from before the start are known by now.
    const session = sessionBefore(row.worker);
    if (this.#claimants.has(session)) row.session = session;
    // A claim of a fetch has its deadline; one that was about to be handed out may have been.
    if (row.session === "" && row.claimUntil === Number.POSITIVE_INFINITY) {
      const { grace, sessionGrace } = this.#core.limits;
      row.claimUntil = now + (row.worker === "" ? row.facts.deadline + grace : sessionGrace);
    }
    this.#current.add(row);
    this.#ends(row);
  }

  /** The wall was set: the journal is told the ends of claims anew, which it has by the wall. */
  retell(): void {
    for (const row of this.#current.all()) {
      if (row.stored && row.claimUntil !== Number.POSITIVE_INFINITY) this.#core.changes.row(row, this.#core.now);
    }
  }

  snapshot(): SessionSnapshot[] {
    return [...this.#claimants.values()].map(({ session, worker, application, offers, draining, lostAt }) => ({
      worker,
      application,
      offers,
      processing: this.held(session).size,
      draining,
      lost: lostAt !== undefined,
    }));
  }

  /** Sessions, those that were lost within the grace among them. */
  get sessionCount(): number {
    return this.#claimants.size;
  }

  /** Rows that are claimed by a session. */
  held(session: string): ReadonlySet<Row> {
    return this.#current.heldBy(session);
  }

  /** The row of a current claim. */
  rowOf(claim: number): Row | undefined {
    return this.#current.get(claim);
  }

  get heldFetches(): number {
    return this.#fetches.held;
  }

  /** Since when no worker can take the task: -Infinity for ever, undefined while one can. */
  unclaimed({ application, task }: Tally, now: number): number | undefined {
    if (this.names(application, task)) return undefined;
    const fetched = this.#fetches.lastFor(application);
    return now - fetched < this.#core.limits.parkAfter ? undefined : fetched;
  }

  /** Whether a session that is there named the task. */
  names(application: string, task: string): boolean {
    for (const claimant of this.#claimants.values()) {
      if (
        claimant.lostAt === undefined &&
        (application === "" || claimant.application === application) &&
        claimant.tasks.has(task)
      )
        return true;
    }
    return false;
  }

  open(
    session: string,
    worker: string,
    application: string,
    offers: readonly TaskOffer[],
    held: readonly HeldClaim[],
  ): void {
    const claimant: Claimant = {
      session,
      worker,
      application,
      offers,
      tasks: new Set(offers.map((offer) => offer.name)),
      credit: 0,
      draining: false,
      lostAt: undefined,
      told: false,
    };
    this.#claimants.set(session, claimant);
    for (const { claim, id } of held) this.#adopt(claimant, claim, id);
    for (const before of [...this.#claimants.values()]) {
      if (before === claimant || before.worker !== worker) continue;
      for (const row of [...this.held(before.session)]) this.#unheld(row);
      this.#adoptions.forget((adoption) => adoption.claimant === before);
      this.#claimants.delete(before.session);
    }
    this.#gate.strike(worker);
    this.#noteWorkers();
  }

  /** Its worker has a new session and did not bring the claim back: it never got the work, or has given it up. */
  #unheld(row: Row): void {
    const started = row.claimUntil !== Number.POSITIVE_INFINITY;
    if (row.facts.atMostOnce && started) this.#presumeLost(row, `worker ${row.worker} no longer knows of its run`);
    else this.#giveBack(row);
  }

  /** Whether the claim counts for the session: current, or waiting for its activation to be read again. */
  counts(session: string, claim: number, id: string): boolean {
    const adoption = this.#adoptions.get(claim);
    return (
      this.#current.get(claim)?.session === session || (adoption?.id === id && adoption.claimant.session === session)
    );
  }

  /** Whether an outcome of the claim waits for its activation to be read again: it is not settled yet. */
  awaits(claim: number): boolean {
    return this.#adoptions.get(claim)?.outcome !== undefined;
  }

  /** Whether a worker brought a claim of this activation back. */
  expects(id: string): boolean {
    return this.#adoptions.has(id);
  }

  get expecting(): boolean {
    return this.#adoptions.size > 0;
  }

  /** All that was claimed before the start is read again: what still waits has ended. */
  allRead(): void {
    this.#core.drops.stale += this.#adoptions.over(Number.POSITIVE_INFINITY);
  }

  #adopt(claimant: Claimant, claim: number, id: string): void {
    const row = this.#core.byId(id);
    if (row === undefined) {
      this.#adoptions.add(claimant, claim, id, this.#core.now + this.#core.limits.sessionGrace);
    } else if (row.state === "processing" && row.claim === claim) {
      this.#current.hand(row, claimant.session);
      row.worker = claimant.worker;
      this.#core.changes.row(row, this.#core.now);
    } else if (row.state === "pending") {
      this.#core.lanes.remove(row);
      this.#claim(row, claimant, claim);
    }
  }

  /** A row just entered as pending; true when a worker brought its claim back and has it already. */
  adopted(row: Row): boolean {
    const adoption = this.#adoptions.take(row.facts.id);
    if (adoption === undefined) return false;
    this.#core.lanes.remove(row);
    this.#claim(row, adoption.claimant, adoption.claim);
    if (adoption.outcome !== undefined) this.outcome(adoption.claimant.session, adoption.outcome);
    return true;
  }

  credit(session: string, count: number): void {
    const claimant = this.#claimants.get(session);
    if (claimant !== undefined) claimant.credit += count;
  }

  withdrawn(session: string): void {
    const claimant = this.#claimants.get(session);
    if (claimant === undefined) return;
    claimant.credit = 0;
    this.#giveBackUnproven({ session });
  }

  started(session: string, starts: readonly Started[], now: number): void {
    for (const { claim, since } of starts) {
      const row = this.#current.get(claim);
      if (row === undefined || row.session !== session) continue;
      const until = now - since + row.facts.deadline + this.#core.limits.grace;
      if (row.claimUntil === until) continue;
      row.claimUntil = until;
      this.#ends(row);
      this.#core.changes.row(row, this.#core.now);
    }
  }

  outcome(session: string, outcome: Outcome): void {
    const row = this.#current.get(outcome.claim);
    if (row === undefined || row.session !== session) {
      const adoption = this.#adoptions.get(outcome.claim);
      if (adoption === undefined) this.#core.drops.stale += 1;
      else adoption.outcome = outcome;
      return;
    }
    this.#end(row, outcome);
  }

  /** Of a worker without session: the first conclusion of a processing activation settles it. */
  conclude({ id, status, maxAttempts, delay }: Conclusion): void {
    const row = this.#core.byId(id);
    if (row === undefined || row.state !== "processing" || (row.facts.atMostOnce && this.#proofs.has(row.claim))) {
      this.#core.drops.stale += 1;
      return;
    }
    if (status === "complete") this.#end(row, { kind: "complete" });
    else this.#end(row, { kind: status, reason: "reported", error: "", maxAttempts, delay });
  }

  #end(row: Row, outcome: Result): void {
    this.#current.remove(row);
    if (outcome.kind === "complete") {
      this.#core.settle(row, "completed");
      return;
    }
    const reason: Reason = isReason(outcome.reason) ? outcome.reason : "reported";
    const error = cutError(outcome.error);
    if (outcome.kind === "failure") {
      this.#core.fail(row, reason, error, outcome.maxAttempts);
      return;
    }
    const maxAttempts = outcome.maxAttempts ?? row.facts.maxAttempts;
    if (row.facts.atMostOnce || (maxAttempts > 0 && row.facts.attempts + 1 >= maxAttempts)) {
      this.#core.fail(row, usedUp(reason), error, maxAttempts);
    } else {
      this.#core.end(row, "retry", { reason, error, delay: outcome.delay, maxAttempts: outcome.maxAttempts });
    }
  }

  returned(session: string, claims: readonly number[]): void {
    for (const claim of claims) {
      const row = this.#current.get(claim);
      if (row?.session === session) this.#giveBack(row);
      else this.#adoptions.giveUp(claim, session);
    }
  }

  draining(session: string): void {
    const claimant = this.#claimants.get(session);
    if (claimant === undefined) return;
    claimant.draining = true;
    this.withdrawn(session);
  }

  /** `since`: when its worker was last heard of. */
  lost(session: string, since: number): void {
    const claimant = this.#claimants.get(session);
    if (claimant === undefined) return;
    claimant.lostAt = since;
    claimant.credit = 0;
    this.#giveBackUnproven({ session });
    this.#adoptions.forget((adoption) => adoption.claimant === claimant);
    this.#noteWorkers();
  }

  closed(session: string): void {
    const claimant = this.#claimants.get(session);
    if (claimant === undefined) return;
    this.#giveBackUnproven({ session });
    this.#tellRedelivery(claimant);
    for (const row of [...this.held(session)])
      this.#presumeLost(row, `worker ${claimant.worker} ended without an outcome`);
    this.#adoptions.forget((adoption) => adoption.claimant === claimant);
    this.#claimants.delete(session);
    this.#noteWorkers();
  }

  fetch(fetch: Fetch, now: number): void {
    this.#fetches.add(fetch, now);
  }

  /** Whoever fetched has gone. */
  unfetch(fetch: number): void {
    this.#fetches.remove(fetch);
    this.#giveBackUnproven({ fetch });
  }

  /** A pushed claim that the worker did not take. */
  refused(claim: number): void {
    const row = this.#current.get(claim);
    if (row !== undefined) this.#giveBack(row);
  }

  /** A pushed claim of which nobody knows whether the worker took it. */
  unanswered(claim: number): void {
    const row = this.#current.get(claim);
    if (row === undefined) return;
    if (row.facts.atMostOnce) this.#presumeLost(row, "the worker did not answer when it was pushed");
    else this.#giveBack(row);
  }

  /** Hands out the at-most-once claims whose commit is durable. */
  committed(number: number): void {
    for (const proven of this.#proofs.proven(number)) {
      const { row, to } = proven;
      const current = isCurrent(proven);
      if ("session" in to) {
        if (current) this.#core.emit({ kind: "deliver", session: to.session, deliveries: [delivery(row)] });
      } else {
        if (current) this.#handedOut(row);
        this.#core.emit({ kind: "handOut", fetch: to.fetch, delivery: current ? delivery(row) : undefined });
      }
    }
  }

  /** Deadlines of started runs, and sessions that are gone for good. */
  tick(now: number): void {
    let left = LOSSES;
    this.#core.drops.stale += this.#adoptions.over(now);
    for (let row = this.#overdue(now, left); row !== undefined; row = this.#overdue(now, left)) {
      this.#presumeLost(row, "no outcome before its deadline");
      left -= 1;
    }
    for (const claimant of [...this.#claimants.values()]) {
      if (claimant.lostAt === undefined || now < claimant.lostAt + this.#core.limits.sessionGrace) continue;
      const held = [...this.held(claimant.session)];
      if (!claimant.told) this.#tellRedelivery(claimant);
      claimant.told = true;
      for (const row of held.slice(0, left)) this.#presumeLost(row, `worker ${claimant.worker} is gone`);
      left -= Math.min(left, held.length);
      // The rest follows with the next tick, which is due at once.
      if (left === 0) return;
      this.#claimants.delete(claimant.session);
      this.#gate.strike(claimant.worker);
    }
    this.#fetches.prune(now - this.#core.limits.parkAfter);
  }

  nextWake(now: number): number {
    let next = Math.min(
      this.#deadlines.earliest,
      this.#fetches.nextWake,
      this.#adoptions.nextEnd,
      this.#gate.nextWake(now),
    );
    for (const { lostAt } of this.#claimants.values()) {
      if (lostAt !== undefined) next = Math.min(next, lostAt + this.#core.limits.sessionGrace);
    }
    return next;
  }

  /** Gives pending rows to fetches, and to sessions with credit, in batches, sessions in turn. */
  dispatch(now: number): void {
    if (this.#core.lanes.size > 0 && this.#gate.isOpen(now)) this.#dispatch();
    for (const fetch of this.#fetches.over(now)) this.#core.emit({ kind: "handOut", fetch, delivery: undefined });
  }

  #dispatch(): void {
    this.#fetches.serve((fetch) => {
      const row = this.#core.lanes.take(fetch, this.#blocked);
      if (row === undefined) return false;
      this.#claim(row, undefined, this.#numbers.next());
      if (row.facts.atMostOnce) {
        this.#waitForProof(row, { fetch: fetch.fetch });
      } else {
        this.#handedOut(row);
        this.#core.emit({ kind: "handOut", fetch: fetch.fetch, delivery: delivery(row) });
      }
      return true;
    });
    let hungry = [...this.#claimants.values()].filter(
      (claimant) => claimant.credit > 0 && claimant.lostAt === undefined && !claimant.draining,
    );
    while (hungry.length > 0) {
      this.#rotation = (this.#rotation + 1) % hungry.length;
      const turn = [...hungry.slice(this.#rotation), ...hungry.slice(0, this.#rotation)];
      hungry = turn.filter((claimant) => this.#feed(claimant) && claimant.credit > 0);
    }
  }

  readonly #blocked = (topic: string): boolean =>
    this.#core.topic(topic).processing >= this.#core.limits.maxProcessingCount;

  /** One batch; false when there is nothing for the session. */
  #feed(claimant: Claimant): boolean {
    const deliveries: Delivery[] = [];
    let bytes = 0;
    let taken = 0;
    while (claimant.credit > 0 && taken < BATCH_ACTIVATIONS && bytes < BATCH_BYTES) {
      const row = this.#core.lanes.take(claimant, this.#blocked);
      if (row === undefined) break;
      taken += 1;
      claimant.credit -= 1;
      bytes += row.facts.payload.length;
      this.#claim(row, claimant, this.#numbers.next());
      if (row.facts.atMostOnce) {
        this.#waitForProof(row, { session: claimant.session });
      } else {
        deliveries.push(delivery(row));
      }
    }
    if (deliveries.length > 0) this.#core.emit({ kind: "deliver", session: claimant.session, deliveries });
    return taken > 0;
  }

  /** The deadline of a fetched run counts from here. */
  #handedOut(row: Row): void {
    row.claimUntil = this.#core.now + row.facts.deadline + this.#core.limits.grace;
    this.#ends(row);
    this.#core.changes.row(row, this.#core.now);
  }

  #waitForProof(row: Row, to: Unproven["to"]): void {
    this.#proofs.add({ commit: this.#core.changes.next, row, claim: row.claim, to });
    this.#core.emit({ kind: "commitNow" });
  }

  /** `claimant` undefined: the claim of a fetch. */
  #claim(row: Row, claimant: Claimant | undefined, claim: number): void {
    row.claim = claim;
    row.session = claimant?.session ?? "";
    row.worker = claimant?.worker ?? "";
    row.claimUntil = Number.POSITIVE_INFINITY;
    this.#current.add(row);
    this.#core.move(row, "processing");
  }

  #release(row: Row): void {
    this.#current.remove(row);
    row.claim = 0;
    row.session = "";
    row.worker = "";
    row.claimUntil = Number.POSITIVE_INFINITY;
  }

  /** Never started: back to its old place, without a processing attempt. */
  #giveBack(row: Row): void {
    this.#release(row);
    this.#core.move(row, "pending");
  }

  /** Claims that wait for their commit were never handed out. */
  #giveBackUnproven(to: Unproven["to"]): void {
    for (const row of this.#proofs.waitingFor(to)) this.#giveBack(row);
  }

  #presumeLost(row: Row, error: string): void {
    failpoint("upkeep.deadline-reset");
    this.#release(row);
    row.processingAttempts += 1;
    if (row.facts.atMostOnce) this.#core.fail(row, "worker_lost", error);
    else if (row.processingAttempts >= this.#core.limits.maxProcessingAttempts) {
      this.#core.fail(row, "processing_attempts_exceeded", error);
    } else this.#core.move(row, "pending");
  }

  /** Says once what becomes of the runs of a worker that is gone. */
  #tellRedelivery({ session, worker }: Claimant): void {
    const { maxProcessingAttempts } = this.#core.limits;
    const again: Row[] = [];
    let failed = 0;
    for (const row of this.held(session)) {
      if (row.facts.atMostOnce || row.processingAttempts + 1 >= maxProcessingAttempts) failed += 1;
      else again.push(row);
    }
    if (again.length === 0) return;
    this.#core.emit({
      kind: "log",
      level: "warn",
      message: `${again.length === 1 ? "1 run" : `${again.length} runs`} of worker ${worker} will be redelivered`,
      fields: { worker, runs: again.length, ...(failed === 0 ? {} : { failed }) },
    });
    for (const { facts, processingAttempts } of again) {
      const fields = { ...namesOf(facts), worker, lost: processingAttempts + 1 };
      this.#core.emit({ kind: "log", level: "debug", message: "will be redelivered", fields });
    }
  }

  /** Its claim ends at `claimUntil`. */
  #ends(row: Row): void {
    if (row.claimUntil === Number.POSITIVE_INFINITY) return;
    // Those that have ended would hold their payloads until then.
    if (this.#deadlines.size > 2 * this.#current.size + SPARE_DEADLINES)
      this.#deadlines.keep((claimed, until) => isClaimed(claimed) && claimed.claimUntil === until);
    this.#deadlines.push(row.claimUntil, row);
  }

  /** The next claim that is over; undefined when there is none, or `left` is 0. */
  #overdue(now: number, left: number): Row | undefined {
    if (left === 0) return undefined;
    for (let row = this.#deadlines.popDue(now); row !== undefined; row = this.#deadlines.popDue(now)) {
      if (isClaimed(row) && row.claimUntil <= now) return row;
    }
    return undefined;
  }

  #noteWorkers(): void {
    this.#core.changes.workers(() => [...new Set([...this.#claimants.values()].map(({ worker }) => worker))]);
  }
}

function isClaimed({ state, settled }: Row): boolean {
  return state === "processing" && !settled;
}

/** Stands for the session of a worker that the journal knows from before the start. */
function sessionBefore(worker: string): string {
  return `before the start: ${worker}`;
}

function delivery({ claim, facts: { payload: activation, deadline }, processingAttempts: lost }: Row): Delivery {
  return lost === 0 ? { claim, activation, deadline } : { claim, activation, deadline, lost };
}
