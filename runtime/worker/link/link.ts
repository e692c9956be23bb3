import { messageOf } from "../../base/errors.js";
import type { Delivery, Session, Started, Vitals } from "../../wire/session.js";
import type { RunResult } from "../child/result.js";
import { Claim, type ClaimSource } from "../claim.js";
import type { Lock } from "../lock/port.js";
import { Waiters } from "../waiters.js";
import { Connection, type ConnectionOptions } from "./connection.js";
import { Credit } from "./credit.js";
import { DroppedOutcomes } from "./dropped-outcomes.js";
import { Outcomes } from "./outcomes.js";
import type { Sharer } from "./share-credit.js";

/** How long a lock is kept, milliseconds: no broker hands out the same activation for longer. */
const LOCK_MS = 24 * 3_600_000;
const CLAIM_INVALID = "the claim is no longer valid: already settled or given to another worker";

interface LinkOptions extends ConnectionOptions {
  /** Wire name of the task. */
  readonly taskOf: (claim: Claim) => string;
  readonly atMostOnce: (claim: Claim) => boolean;
  /** Keeps at-most-once work of brokers without claims from a second start. */
  readonly lock: Lock;
  readonly events: LinkEvents;
}

interface LinkEvents {
  /** There may be work to take, or credit to give. */
  changed(): void;
  /** A person cancelled a claim that was given to a runner, or waits to be given to one again. */
  cancelled(claim: Claim): void;
  /** A claim without a result no longer counts. */
  forgotten(claim: Claim): void;
}

/** The link to one broker: gets work over its sessions and holds every claim until its outcome is acknowledged. */
export class Link implements ClaimSource, Sharer {
  readonly name: string;
  readonly #options: LinkOptions;
  readonly #connection: Connection;
  readonly #credit: Credit;
  readonly #outcomes: Outcomes;
  readonly #dropped: DroppedOutcomes;
  /** By number. */
  readonly #held = new Map<number, Claim>();
  #unstarted: Claim[] = [];
  #draining = false;
  /** The broker delivers nothing more on this session. */
  #drained = false;
  readonly #waiters = new Waiters();

  constructor(options: LinkOptions) {
    const { name, clock, log, atMostOnce } = options;
    this.name = name;
    this.#options = options;
    this.#credit = new Credit(clock);
    this.#dropped = new DroppedOutcomes(name, clock, log);
    this.#connection = new Connection(options, {
      held: () => [...this.#held.values()],
      opened: (session, offered) => this.#opened(session, offered),
      deliver: (session, deliveries) => this.#deliver(session, deliveries),
      cancelled: (session, claims) => this.#cancelled(session, claims),
      lost: () => this.#lost(),
      retrying: () => {
        this.#outcomes.dropOld(clock.now());
        options.events.changed();
      },
    });
    this.#outcomes = new Outcomes({
      connection: this.#connection,
      clock,
      atMostOnce,
      acknowledged: (claim) => this.#forget(claim),
      dropped: (claim, why) => this.#drop(claim, why),
    });
  }

  /** Outcomes that were given up: the claim was no longer valid, or the broker did not acknowledge them. */
  get dropped(): number {
    return this.#dropped.count;
  }

  get connected(): boolean {
    return this.#connection.session !== undefined;
  }

  /** Claims that this worker holds. */
  get held(): number {
    return this.#held.size;
  }

  get unstarted(): number {
    return this.#unstarted.length;
  }

  get credit(): number {
    return this.#credit.left;
  }

  get idle(): boolean {
    return this.#credit.idle;
  }

  get hungry(): boolean {
    return this.#credit.hungry;
  }

  connect(): void {
    this.#connection.open();
  }

  /** Unstarted work, oldest first. None without a session: another worker may have it by now. */
  take(count: number): Claim[] {
    if (!this.connected || this.#unstarted.length === 0) return [];
    const now = this.#options.clock.now();
    return this.#unstarted.splice(0, count).filter((claim) => {
      const late = claim.left(now) <= 0;
      if (late) this.expire(claim);
      return !late;
    });
  }

  expire(claim: Claim): void {
    this.#drop(claim, "the deadline passed before the run could start");
  }

  grant(count: number): void {
    const { session } = this.#connection;
    if (session === undefined || this.#draining || this.#credit.withdrawing || count <= 0) return;
    if (this.#outcomes.full) return;
    this.#credit.give(count);
    session.credit(count);
  }

  /** Takes unused credit back. */
  withdraw(): void {
    const { session } = this.#connection;
    if (session === undefined || this.#credit.withdrawing || this.#draining) return;
    this.#credit.withdrawing = true;
    session.withdraw().then(
      () => {
        if (session !== this.#connection.session) return;
        this.#credit.reset();
        this.#options.events.changed();
      },
      (error: unknown) => this.#connection.abandon(session, `unused credit was not returned: ${messageOf(error)}`),
    );
  }

  started(starts: readonly Started[]): void {
    this.#connection.session?.started(starts);
  }

  vitals(vitals: Vitals): void {
    this.#connection.session?.vitals?.(vitals);
  }

  finish(claim: Claim, result: RunResult): void {
    if (claim.result !== undefined) return;
    claim.result = result;
    claim.endedAt = this.#options.clock.now();
    if (claim.forgotten) this.#drop(claim, CLAIM_INVALID);
    else this.#outcomes.add(claim);
  }

  giveBack(claims: readonly Claim[]): void {
    if (claims.length === 0) return;
    for (const claim of claims) this.#forget(claim);
    this.#connection.session?.giveBack(claims.map(({ number }) => number));
  }

  /**
   * Gives back all unstarted work if some of it was delivered before `time`; returns how much work that is. The broker
   * hands out in order, so newer work must not stay and none may be on its way: unused credit is withdrawn first, and
   * a later call gives the work back.
   */
  giveBackOlder(time: number): number {
    if (!this.connected) return 0;
    const claims = this.#unstarted.filter((claim) => !claim.local);
    if (!claims.some((claim) => claim.deliveredAt < time)) return 0;
    if (this.credit > 0) this.withdraw();
    else if (!this.#credit.withdrawing) {
      // The broker has work, but it gets credit only for free slots: otherwise the work would come back and wait again.
      this.#credit.markHungry();
      this.#giveBackUnstarted();
    }
    return claims.length;
  }

  /** No more work is wanted. */
  drain(): void {
    this.#draining = true;
    this.#credit.cancel();
    const { session } = this.#connection;
    // Without a session the claims are given back on the next one.
    if (session === undefined) return;
    this.#giveBackUnstarted();
    session.drain().then(
      () => {
        this.#drained = true;
        this.#waiters.notify();
      },
      // The next session is drained again.
      () => this.#waiters.notify(),
    );
  }

  /** Resolves when no claim is held and, after drain(), the broker has confirmed that none is on its way. */
  async settled(): Promise<void> {
    while (this.#unsettled && !this.#connection.closed) await this.#waiters.next();
  }

  get #unsettled(): boolean {
    return this.#held.size > 0 || (this.#draining && this.connected && !this.#drained);
  }

  /** The broker redelivers claims that are still held, by its rules. */
  async close(): Promise<void> {
    if (this.#connection.closed) return;
    this.#outcomes.flush();
    this.#dropped.flush();
    const closed = this.#connection.close();
    this.#waiters.notify();
    await closed;
  }

  /** Goes on with the claims that are still valid and forgets the others. */
  #opened(session: Session, offered: readonly Claim[]): void {
    const valid = new Set(session.valid);
    const kept: Claim[] = [];
    for (const claim of offered) {
      if (this.#held.get(claim.number) !== claim) continue;
      claim.announced = false;
      if (valid.has(claim.number)) kept.push(claim);
      else if (claim.result !== undefined) this.#drop(claim, CLAIM_INVALID);
      else {
        claim.forgotten = true;
        this.#forget(claim);
        this.#options.events.forgotten(claim);
      }
    }
    this.#unstarted = this.#unstarted.filter((claim) => !claim.forgotten);
    this.#outcomes.resume(new Set(offered), kept);
    if (this.#draining) this.drain();
    this.#options.events.changed();
  }

  #lost(): void {
    this.#drained = false;
    this.#credit.reset();
    this.#waiters.notify();
  }

  /**
   * A broker with claims redelivers what a session delivers after its end. A broker without claims would let the
   * deadline pass first, so its late deliveries count.
   */
  #deliver(session: Session, deliveries: readonly Delivery[]): void {
    const current = session === this.#connection.session;
    const { closed } = this.#connection;
    const local = session.withoutClaims === true;
    if (!current && (!local || closed)) return;
    const now = this.#options.clock.now();
    const claims = deliveries.map((delivery) => new Claim(this, delivery, now, local));
    for (const claim of claims) this.#held.set(claim.number, claim);
    if (current) this.#credit.use(claims.length);
    if (!local && (this.#draining || closed)) {
      this.giveBack(claims);
      return;
    }
    for (const claim of claims) {
      if (local && this.#options.atMostOnce(claim)) void this.#admit(claim);
      else this.#unstarted.push(claim);
    }
    this.#options.events.changed();
  }

  /** What was not started is given back; the broker ends it. A result that is known already counts. */
  #cancelled(session: Session, numbers: readonly number[]): void {
    if (session !== this.#connection.session) return;
    const unstarted = new Set(this.#unstarted);
    const returned: Claim[] = [];
    for (const number of numbers) {
      const claim = this.#held.get(number);
      if (claim === undefined || claim.result !== undefined || claim.cancelledAt !== undefined) continue;
      claim.cancelledAt = this.#options.clock.now();
      if (unstarted.delete(claim)) returned.push(claim);
      else this.#options.events.cancelled(claim);
    }
    if (returned.length === 0) return;
    this.#unstarted = [...unstarted];
    this.giveBack(returned);
    this.#options.events.changed();
  }

  /** At-most-once work of a broker without claims runs only if the lock has no record of an earlier start. */
  async #admit(claim: Claim): Promise<void> {
    const { lock, log, idOf, events } = this.#options;
    const id = idOf(claim);
    try {
      const first = await lock.add(id, LOCK_MS);
      if (claim.forgotten) return;
      if (first) this.#unstarted.push(claim);
      else this.finish(claim, { kind: "failure", reason: "already_started", error: `${id} was started before` });
    } catch (error) {
      log.error("at-most-once run not started because the lock failed; the broker ends it at its deadline", {
        broker: this.name,
        id,
        error: messageOf(error),
      });
      this.#leave(claim);
    }
    events.changed();
  }

  /** What cannot be given back runs. */
  #giveBackUnstarted(): void {
    const claims = this.#unstarted.filter((claim) => !claim.local);
    this.#unstarted = this.#unstarted.filter((claim) => claim.local);
    this.giveBack(claims);
  }

  #drop(claim: Claim, why: string): void {
    this.#dropped.add(this.#options.taskOf(claim), why);
    this.#leave(claim);
  }

  /** Nothing is reported for the claim. A session without claims forgets it, too. */
  #leave(claim: Claim): void {
    this.#forget(claim);
    if (claim.local) this.#connection.session?.giveBack([claim.number]);
  }

  #forget(claim: Claim): void {
    if (this.#held.get(claim.number) === claim) this.#held.delete(claim.number);
    this.#outcomes.delete(claim);
    if (this.#held.size === 0) this.#waiters.notify();
  }
}
