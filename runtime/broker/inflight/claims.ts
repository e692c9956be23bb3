import { isReason, type Reason } from "../../activation/reasons.js";
import { BATCH_ACTIVATIONS, BATCH_BYTES, LONGEST_ERROR_BYTES } from "../../wire/limits.js";
import type { Delivery, HeldClaim, Outcome, Started, TaskOffer } from "../../wire/session.js";
import type { Core } from "./core.js";
import type { Row } from "./row.js";

/** A worker's session as the machine knows it. */
export interface Claimant {
  readonly session: string;
  readonly worker: string;
  readonly application: string;
  readonly tasks: ReadonlySet<string>;
  readonly offers: readonly TaskOffer[];
  credit: number;
  draining: boolean;
  /** When its stream was lost; undefined while it is there. */
  lostAt: number | undefined;
}

/** A claim that a worker brought back for an activation that is not read again yet. */
interface Adoption {
  readonly claim: number;
  readonly claimant: Claimant;
  outcome: Outcome | undefined;
}

/** Claims of one boot number; then the next boot number is taken. */
const CLAIMS_PER_BOOT = 2 ** 32;

/**
 * Sessions and their claims. A claim is boot number * 2^32 + counter; while it is current, its number alone settles
 * the activation. An at-most-once claim is handed out only when the commit that holds it is durable.
 */
export class Claims {
  readonly #core: Core;
  readonly #byClaim = new Map<number, Row>();
  readonly #claimants = new Map<string, Claimant>();
  readonly #adoptions = new Map<string, Adoption>();
  /** At-most-once hand-outs waiting for their commit, in its order. */
  readonly #unproven: {
    readonly commit: number;
    readonly claimant: Claimant;
    readonly row: Row;
    readonly claim: number;
  }[] = [];
  /** Workers known to the journal that are not back yet; hand-out waits for them until #gateUntil. */
  readonly #awaited = new Set<string>();
  #gateUntil = 0;
  #boot = 0;
  #counter = 0;
  #rotation = 0;
  /** Not later than the earliest end of a claim. */
  #nextDeadline = Number.POSITIVE_INFINITY;

  constructor(core: Core) {
    this.#core = core;
  }

  recovered(boot: number, workers: readonly string[], now: number): void {
    this.#boot = boot;
    this.#core.changes.boot(boot);
    for (const worker of workers) this.#awaited.add(worker);
    if (this.#awaited.size === 0) return;
    this.#gateUntil = now + this.#core.limits.startGate;
    for (const worker of workers) {
      const session = `before the start: ${worker}`;
      this.#claimants.set(session, {
        session,
        worker,
        application: "",
        tasks: new Set(),
        offers: [],
        credit: 0,
        draining: true,
        lostAt: now,
      });
    }
  }

  /** A row that was claimed before the start. */
  restore(row: Row, now: number): void {
    for (const claimant of this.#claimants.values()) {
      if (claimant.worker === row.worker) row.session = claimant.session;
    }
    if (row.session === "") row.claimUntil = now + this.#core.limits.sessionGrace;
    this.#byClaim.set(row.claim, row);
    this.#deadlineAt(row.claimUntil);
  }

  get sessions(): Iterable<Claimant> {
    return this.#claimants.values();
  }

  /** Rows that are claimed by a session. */
  *held(session: string): Generator<Row> {
    for (const row of this.#byClaim.values()) if (row.session === session) yield row;
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
    };
    this.#claimants.set(session, claimant);
    for (const { claim, id } of held) this.#adopt(claimant, claim, id);
    for (const before of [...this.#claimants.values()]) {
      if (before === claimant || before.worker !== worker) continue;
      for (const row of [...this.held(before.session)]) this.#giveBack(row);
      this.#forgetAdoptions((adoption) => adoption.claimant === before);
      this.#claimants.delete(before.session);
    }
    this.#awaited.delete(worker);
    if (this.#awaited.size === 0) this.#gateUntil = 0;
    this.#noteWorkers();
  }

  /** Whether the claim counts for the session: current, or waiting for its activation to be read again. */
  counts(session: string, claim: number, id: string): boolean {
    const adoption = this.#adoptions.get(id);
    return (
      this.#byClaim.get(claim)?.session === session ||
      (adoption?.claim === claim && adoption.claimant.session === session)
    );
  }

  #adopt(claimant: Claimant, claim: number, id: string): void {
    const row = this.#core.byId(id);
    if (row === undefined) {
      this.#adoptions.set(id, { claim, claimant, outcome: undefined });
    } else if (row.state === "processing" && row.claim === claim) {
      row.session = claimant.session;
      row.worker = claimant.worker;
      this.#core.changes.row(row);
    } else if (row.state === "pending") {
      this.#core.lanes.remove(row);
      this.#claim(row, claimant, claim);
    }
  }

  /** A row just entered as pending; true when a worker brought its claim back and has it already. */
  adopted(row: Row): boolean {
    const adoption = this.#adoptions.get(row.facts.id);
    if (adoption === undefined) return false;
    this.#adoptions.delete(row.facts.id);
    this.#core.lanes.remove(row);
    this.#claim(row, adoption.claimant, adoption.claim);
    if (adoption.outcome !== undefined) this.outcome(adoption.claimant.session, adoption.outcome);
    return true;
  }

  credit(session: string, count: number): void {
    const claimant = this.#claimants.get(session);
    if (claimant !== undefined) claimant.credit += count;
  }

  started(session: string, starts: readonly Started[], now: number): void {
    for (const { claim, since } of starts) {
      const row = this.#byClaim.get(claim);
      if (row === undefined || row.session !== session) continue;
      row.claimUntil = now - since + row.facts.deadline + this.#core.limits.grace;
      this.#deadlineAt(row.claimUntil);
      this.#core.changes.row(row);
    }
  }

  outcome(session: string, outcome: Outcome): void {
    const row = this.#byClaim.get(outcome.claim);
    if (row === undefined || row.session !== session) {
      for (const adoption of this.#adoptions.values()) {
        if (adoption.claim === outcome.claim) {
          adoption.outcome = outcome;
          return;
        }
      }
      this.#core.drops.stale += 1;
      return;
    }
    this.#byClaim.delete(row.claim);
    if (outcome.kind === "complete") {
      this.#core.settle(row, "completed");
      return;
    }
    const reason: Reason = isReason(outcome.reason) ? outcome.reason : "reported";
    const error = cut(outcome.error);
    if (outcome.kind === "failure") {
      this.#core.fail(row, reason, error);
      return;
    }
    const maxAttempts = outcome.maxAttempts ?? row.facts.maxAttempts;
    if (row.facts.atMostOnce || (maxAttempts > 0 && row.facts.attempts + 1 >= maxAttempts)) {
      this.#core.fail(row, "attempts_exceeded", error);
    } else {
      this.#core.end(row, "retry", { reason, error, delay: outcome.delay, maxAttempts: outcome.maxAttempts });
    }
  }

  returned(session: string, claims: readonly number[]): void {
    for (const claim of claims) {
      const row = this.#byClaim.get(claim);
      if (row?.session === session) this.#giveBack(row);
      else this.#forgetAdoptions((adoption) => adoption.claim === claim && adoption.claimant.session === session);
    }
  }

  draining(session: string): void {
    const claimant = this.#claimants.get(session);
    if (claimant === undefined) return;
    claimant.draining = true;
    claimant.credit = 0;
    this.#giveBackUnproven(claimant);
  }

  lost(session: string, now: number): void {
    const claimant = this.#claimants.get(session);
    if (claimant === undefined) return;
    claimant.lostAt = now;
    claimant.credit = 0;
    this.#giveBackUnproven(claimant);
    this.#forgetAdoptions((adoption) => adoption.claimant === claimant);
    this.#noteWorkers();
  }

  closed(session: string): void {
    const claimant = this.#claimants.get(session);
    if (claimant === undefined) return;
    this.#giveBackUnproven(claimant);
    for (const row of [...this.held(session)])
      this.#presumeLost(row, `worker ${claimant.worker} ended without an outcome`);
    this.#forgetAdoptions((adoption) => adoption.claimant === claimant);
    this.#claimants.delete(session);
    this.#noteWorkers();
  }

  /** Hands out the at-most-once claims whose commit is durable. */
  committed(number: number): void {
    while ((this.#unproven[0]?.commit ?? Number.POSITIVE_INFINITY) <= number) {
      const proven = this.#unproven.shift();
      if (proven === undefined) return;
      const { row, claimant, claim } = proven;
      if (row.claim !== claim || row.state !== "processing") continue;
      this.#core.emit({ kind: "deliver", session: claimant.session, deliveries: [delivery(row)] });
    }
  }

  /** Deadlines of started runs, and sessions that are gone for good. */
  tick(now: number): void {
    if (now >= this.#nextDeadline) {
      this.#nextDeadline = Number.POSITIVE_INFINITY;
      for (const row of [...this.#byClaim.values()]) {
        if (row.claimUntil <= now) this.#presumeLost(row, "no outcome before its deadline");
        else this.#deadlineAt(row.claimUntil);
      }
    }
    for (const claimant of [...this.#claimants.values()]) {
      if (claimant.lostAt === undefined || now < claimant.lostAt + this.#core.limits.sessionGrace) continue;
      for (const row of [...this.held(claimant.session)]) this.#presumeLost(row, `worker ${claimant.worker} is gone`);
      this.#claimants.delete(claimant.session);
      this.#awaited.delete(claimant.worker);
    }
  }

  nextWake(now: number): number {
    let next = this.#nextDeadline;
    if (this.#gateUntil > now) next = Math.min(next, this.#gateUntil);
    for (const { lostAt } of this.#claimants.values()) {
      if (lostAt !== undefined) next = Math.min(next, lostAt + this.#core.limits.sessionGrace);
    }
    return next;
  }

  /** Gives pending rows to sessions with credit, in batches, sessions in turn. */
  dispatch(now: number): void {
    if (now < this.#gateUntil) return;
    let hungry = [...this.#claimants.values()].filter(
      (claimant) => claimant.credit > 0 && claimant.lostAt === undefined && !claimant.draining,
    );
    while (hungry.length > 0) {
      this.#rotation = (this.#rotation + 1) % hungry.length;
      const turn = [...hungry.slice(this.#rotation), ...hungry.slice(0, this.#rotation)];
      hungry = turn.filter((claimant) => this.#feed(claimant) && claimant.credit > 0);
    }
  }

  /** One batch; false when there is nothing for the session. */
  #feed(claimant: Claimant): boolean {
    const deliveries: Delivery[] = [];
    const blocked = (topic: string) => this.#core.topic(topic).processing >= this.#core.limits.maxProcessingCount;
    let bytes = 0;
    let taken = 0;
    while (claimant.credit > 0 && taken < BATCH_ACTIVATIONS && bytes < BATCH_BYTES) {
      const row = this.#core.lanes.take(claimant, blocked);
      if (row === undefined) break;
      taken += 1;
      claimant.credit -= 1;
      bytes += row.facts.payload.length;
      this.#claim(row, claimant, this.#nextClaim());
      if (row.facts.atMostOnce) {
        this.#unproven.push({ commit: this.#core.changes.next, claimant, row, claim: row.claim });
        this.#core.emit({ kind: "commitNow" });
      } else {
        deliveries.push(delivery(row));
      }
    }
    if (deliveries.length > 0) this.#core.emit({ kind: "deliver", session: claimant.session, deliveries });
    return taken > 0;
  }

  #claim(row: Row, claimant: Claimant, claim: number): void {
    row.claim = claim;
    row.session = claimant.session;
    row.worker = claimant.worker;
    row.claimUntil = Number.POSITIVE_INFINITY;
    this.#byClaim.set(claim, row);
    this.#core.move(row, "processing");
  }

  #release(row: Row): void {
    this.#byClaim.delete(row.claim);
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
  #giveBackUnproven(claimant: Claimant): void {
    for (const { claimant: owner, row, claim } of this.#unproven) {
      if (owner === claimant && row.claim === claim && row.state === "processing") this.#giveBack(row);
    }
  }

  #presumeLost(row: Row, error: string): void {
    this.#release(row);
    row.processingAttempts += 1;
    if (row.facts.atMostOnce) this.#core.fail(row, "worker_lost", error);
    else if (row.processingAttempts >= this.#core.limits.maxProcessingAttempts) {
      this.#core.fail(row, "processing_attempts_exceeded", error);
    } else this.#core.move(row, "pending");
  }

  #nextClaim(): number {
    this.#counter += 1;
    if (this.#counter === CLAIMS_PER_BOOT) {
      this.#boot += 1;
      this.#counter = 1;
      this.#core.changes.boot(this.#boot);
    }
    return this.#boot * CLAIMS_PER_BOOT + this.#counter;
  }

  #deadlineAt(time: number): void {
    if (time < this.#nextDeadline) this.#nextDeadline = time;
  }

  #forgetAdoptions(gone: (adoption: Adoption) => boolean): void {
    // An outcome that was acknowledged counts when its activation is read again, whatever became of its session.
    for (const [id, adoption] of this.#adoptions) {
      if (adoption.outcome === undefined && gone(adoption)) this.#adoptions.delete(id);
    }
  }

  #noteWorkers(): void {
    const workers = new Set<string>();
    for (const claimant of this.#claimants.values()) workers.add(claimant.worker);
    this.#core.changes.workers([...workers]);
  }
}

function delivery(row: Row): Delivery {
  return { claim: row.claim, activation: row.facts.payload, deadline: row.facts.deadline };
}

/** At most 4 KiB of UTF-8. */
function cut(text: string): string {
  const bytes = Buffer.from(text, "utf8");
  return bytes.length <= LONGEST_ERROR_BYTES ? text : bytes.subarray(0, LONGEST_ERROR_BYTES).toString("utf8");
}
