import { Backoff } from "../../base/backoff.js";
import type { Clock } from "../../base/clock.js";
import { messageOf } from "../../base/errors.js";
import type { Logger } from "../../base/logger.js";
import { cutError } from "../../wire/codec/session-codec.js";
import type { Delivery, Outcome, Session, SessionOffer, SessionPort, Started } from "../../wire/session.js";
import type { RunResult } from "../child/result.js";
import { Job } from "../job.js";
import type { Lock } from "../lock/port.js";
import { DroppedOutcomes } from "./dropped-outcomes.js";
import type { Sharer } from "./share-credit.js";

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 5000;
/** A broker that restarts waits a second for its workers: for so long after a loss it is tried more than once a second. */
const EAGER_MS = 30_000;
const EAGER_WAIT_MS = 800;
/** A broker that cannot be reached is told of so often, milliseconds. */
const TELL_EVERY_MS = 10_000;
/** Credit unused for so long means that the broker has no more work, milliseconds. */
const UNUSED_MS = 50;
/** Outcomes that are not acknowledged: with so many no work is taken, and for so long they are sent again and again. */
const MOST_OUTCOMES = 16_384;
const OUTCOME_MS = 3_600_000;
/** A session that lasted so long makes the next attempt start from the first wait again. */
const LASTING_MS = 5000;

/** So long a lock is kept: no broker hands the same activation out for longer. */
const LOCK_MS = 24 * 3_600_000;
const NOT_WANTED = "its claim no longer counts: it is settled already or was given to another worker";

/** What the broker keeps of an error is where it was thrown, too, as much as an outcome has room for. */
function outcomeOf({ stack, silenced: _, ...result }: RunResult, claim: number): Outcome {
  if (result.kind === "complete" || stack === undefined) return { ...result, claim };
  return { ...result, claim, error: cutError(stack) };
}

export interface LinkOptions {
  readonly name: string;
  readonly port: SessionPort;
  readonly offer: Omit<SessionOffer, "held">;
  readonly clock: Clock;
  readonly log: Logger;
  /** The id of the activation a job carries. */
  readonly idOf: (job: Job) => string;
  /** Wire name of the task. */
  readonly taskOf: (job: Job) => string;
  readonly atMostOnce: (job: Job) => boolean;
  /** Keeps work of brokers without claims from a second start. */
  readonly lock: Lock;
  readonly events: LinkEvents;
}

export interface LinkEvents {
  /** There may be work to take, or credit to give. */
  changed(): void;
  /** A running job whose claim no longer counts. */
  forgotten(job: Job): void;
}

/** The way to one broker: opens sessions again and again, and keeps every claim until its outcome is acknowledged. */
export class Link implements Sharer {
  readonly name: string;
  readonly #options: LinkOptions;
  readonly #backoff = new Backoff(FIRST_WAIT_MS, LONGEST_WAIT_MS);
  readonly #held = new Map<number, Job>();
  #unstarted: Job[] = [];
  #session: Session | undefined;
  #openedAt = 0;
  #credit = 0;
  /** When credit was given or used last. */
  #creditMoved = 0;
  #usedUp = false;
  #withdrawing = false;
  #outcomes: Job[] = [];
  /** With a result, oldest first. */
  readonly #unacknowledged = new Set<Job>();
  readonly #dropped: DroppedOutcomes;
  #lostAt = 0;
  #told: { readonly reason: string; readonly at: number } | undefined;
  #flushing = false;
  #draining = false;
  /** The broker delivers nothing more. */
  #drained = false;
  #closed = false;
  #cancelWait: (() => void) | undefined;
  #watchers: (() => void)[] = [];

  constructor(options: LinkOptions) {
    this.name = options.name;
    this.#options = options;
    this.#dropped = new DroppedOutcomes(options.name, options.clock, options.log);
    this.#lostAt = options.clock.now();
  }

  /** Outcomes that were given up: nobody wants or answers them. */
  get dropped(): number {
    return this.#dropped.count;
  }

  get connected(): boolean {
    return this.#session !== undefined;
  }

  /** Claims in this worker's hands. */
  get held(): number {
    return this.#held.size;
  }

  get unstarted(): number {
    return this.#unstarted.length;
  }

  get credit(): number {
    return this.#credit;
  }

  get idle(): boolean {
    return this.#credit > 0 && this.#options.clock.now() - this.#creditMoved >= UNUSED_MS;
  }

  get hungry(): boolean {
    return this.#usedUp && !this.idle;
  }

  connect(): void {
    void this.#open();
  }

  /** Unstarted work, oldest first. None without a session: another worker may have it by now. */
  take(count: number): Job[] {
    if (this.#session === undefined || this.#unstarted.length === 0) return [];
    const now = this.#options.clock.now();
    return this.#unstarted.splice(0, count).filter((job) => {
      const late = job.left(now) <= 0;
      if (late) this.late(job);
      return !late;
    });
  }

  /** Its broker has ended it, or given it to another worker. */
  late(job: Job): void {
    this.#drop(job, "its deadline passed before it could start");
  }

  grant(count: number): void {
    if (this.#session === undefined || this.#draining || this.#withdrawing || count <= 0) return;
    if (this.#unacknowledged.size >= MOST_OUTCOMES) return;
    this.#credit += count;
    this.#creditMoved = this.#options.clock.now();
    this.#session.credit(count);
  }

  /** Takes back the credit that is not used. */
  withdraw(): void {
    const session = this.#session;
    if (session === undefined || this.#withdrawing || this.#draining) return;
    this.#withdrawing = true;
    session.withdraw().then(
      () => {
        if (session !== this.#session) return;
        this.#withdrawing = false;
        this.#credit = 0;
        this.#usedUp = false;
        this.#options.events.changed();
      },
      (error: unknown) => this.#abandon(session, `credit was not taken back: ${messageOf(error)}`),
    );
  }

  started(starts: readonly Started[]): void {
    this.#session?.started(starts);
  }

  finish(job: Job, result: RunResult): void {
    if (job.result !== undefined) return;
    job.result = result;
    job.endedAt = this.#options.clock.now();
    if (job.forgotten) {
      this.#drop(job, NOT_WANTED);
      return;
    }
    this.#unacknowledged.add(job);
    this.#bound(job.endedAt);
    this.#outcomes.push(job);
    this.#scheduleFlush();
  }

  /** Gives unstarted work back, without a processing attempt. */
  giveBack(jobs: readonly Job[]): void {
    if (jobs.length === 0) return;
    for (const job of jobs) this.#forget(job);
    this.#session?.giveBack(jobs.map(({ claim }) => claim));
  }

  /** What cannot be given back runs. */
  giveBackUnstarted(): void {
    const jobs = this.#unstarted.filter((job) => !job.withoutClaim);
    this.#unstarted = this.#unstarted.filter((job) => job.withoutClaim);
    this.giveBack(jobs);
  }

  /**
   * Gives all unstarted work back when some of it was delivered before `time`; how much work that is. The broker hands
   * out in order, so newer work must not stay, nor may any be on its way: credit that is not used is taken back first,
   * and the work goes back at a later call.
   */
  giveBackOlder(time: number): number {
    if (this.#session === undefined) return 0;
    const jobs = this.#unstarted.filter((job) => !job.withoutClaim);
    if (!jobs.some((job) => job.deliveredAt < time)) return 0;
    if (this.#credit > 0) this.withdraw();
    else if (!this.#withdrawing) {
      // It has work, but gets credit for a slot that is free only: what it has would come back and wait again.
      this.#usedUp = true;
      this.giveBackUnstarted();
    }
    return jobs.length;
  }

  /** No more work is wanted. */
  drain(): void {
    this.#draining = true;
    this.#credit = 0;
    const session = this.#session;
    // Without a session the broker cannot be told: the claims are given back on the next one.
    if (session === undefined) return;
    this.giveBackUnstarted();
    session.drain().then(
      () => {
        this.#drained = true;
        this.#notify();
      },
      // The next session is told again.
      () => this.#notify(),
    );
  }

  /** Resolves when no claim is held any more, and the broker has said that none is on its way. */
  async settled(): Promise<void> {
    while (this.#unsettled && !this.#closed) await new Promise<void>((resolve) => this.#watchers.push(resolve));
  }

  get #unsettled(): boolean {
    return this.#held.size > 0 || (this.#draining && this.#session !== undefined && !this.#drained);
  }

  /** Claims still held are given back by the broker's rules. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#flush();
    this.#closed = true;
    this.#cancelWait?.();
    this.#dropped.tell();
    this.#notify();
    const session = this.#session;
    this.#session = undefined;
    try {
      await session?.close();
    } catch (error) {
      this.#options.log.warn("a session did not close cleanly", { broker: this.name, error: messageOf(error) });
    }
  }

  async #open(): Promise<void> {
    const { port, offer, clock, log, idOf } = this.#options;
    const held = [...this.#held.values()];
    let lost: string | undefined;
    let session: Session | undefined;
    const events = {
      deliver: (deliveries: readonly Delivery[]) => {
        if (session !== undefined) this.#deliver(session, deliveries);
      },
      lost: (reason: string) => {
        lost = reason;
        if (session !== undefined && session === this.#session) this.#lose(reason);
      },
    };
    try {
      session = await port.open({ ...offer, held: held.map((job) => ({ claim: job.claim, id: idOf(job) })) }, events);
    } catch (error) {
      if (!this.#closed) this.#retryLater(`cannot open a session: ${messageOf(error)}`);
      return;
    }
    if (this.#closed) {
      await session.close();
      return;
    }
    if (lost !== undefined) {
      this.#retryLater(lost);
      return;
    }
    log.info("session open", {
      broker: this.name,
      session: session.id,
      held: held.length,
      valid: session.valid.length,
    });
    this.#session = session;
    this.#openedAt = clock.now();
    this.#told = undefined;
    this.#resume(held, new Set(session.valid));
    if (this.#draining) this.drain();
    this.#options.events.changed();
  }

  /** Of what was held, goes on with the valid claims and forgets the others. */
  #resume(held: readonly Job[], valid: ReadonlySet<number>): void {
    const offered = new Set(held);
    this.#outcomes = this.#outcomes.filter((job) => !offered.has(job));
    for (const job of held) {
      if (this.#held.get(job.claim) !== job) continue;
      job.announced = false;
      if (valid.has(job.claim)) {
        if (job.result !== undefined) this.#outcomes.push(job);
      } else if (job.result !== undefined) this.#drop(job, NOT_WANTED);
      else {
        job.forgotten = true;
        this.#forget(job);
        this.#options.events.forgotten(job);
      }
    }
    this.#unstarted = this.#unstarted.filter((job) => !job.forgotten);
    if (this.#outcomes.length > 0) this.#scheduleFlush();
  }

  /**
   * Of a session that has ended, a broker with claims gives the work out again; one without would let the deadline pass
   * first, so that its late answers count.
   */
  #deliver(session: Session, deliveries: readonly Delivery[]): void {
    const now = this.#options.clock.now();
    const current = session === this.#session;
    const withoutClaim = session.withoutClaims === true;
    if (!current && (!withoutClaim || this.#closed)) return;
    const jobs = deliveries.map((delivery) => new Job(this, delivery, now, withoutClaim));
    for (const job of jobs) this.#held.set(job.claim, job);
    if (current) {
      this.#credit = Math.max(0, this.#credit - jobs.length);
      this.#creditMoved = now;
      if (this.#credit === 0) this.#usedUp = true;
    }
    if (!withoutClaim && (this.#draining || this.#closed)) {
      this.giveBack(jobs);
      return;
    }
    for (const job of jobs) {
      if (withoutClaim && this.#options.atMostOnce(job)) void this.#admit(job);
      else this.#unstarted.push(job);
    }
    this.#options.events.changed();
  }

  /** At-most-once work of a broker without claims runs only when the lock says that it never started. */
  async #admit(job: Job): Promise<void> {
    const { lock, log, idOf, events } = this.#options;
    const id = idOf(job);
    try {
      const first = await lock.add(id, LOCK_MS);
      if (job.forgotten) return;
      if (first) this.#unstarted.push(job);
      else this.finish(job, { kind: "failure", reason: "already_started", error: `${id} was started before` });
    } catch (error) {
      log.error("at-most-once work is not started: the lock does not answer; its broker ends it at its deadline", {
        broker: this.name,
        id,
        error: messageOf(error),
      });
      this.#leave(job);
    }
    events.changed();
  }

  #lose(reason: string): void {
    this.#session = undefined;
    this.#drained = false;
    this.#credit = 0;
    this.#usedUp = false;
    this.#withdrawing = false;
    this.#lostAt = this.#options.clock.now();
    this.#notify();
    if (this.#closed) return;
    if (this.#options.clock.now() - this.#openedAt >= LASTING_MS) this.#backoff.reset();
    this.#retryLater(reason);
  }

  #abandon(session: Session, reason: string): void {
    if (this.#session !== session) return;
    this.#lose(reason);
    session.close().catch((error: unknown) => {
      this.#options.log.warn("a session did not close cleanly", { broker: this.name, error: messageOf(error) });
    });
  }

  #retryLater(reason: string): void {
    const { clock, log } = this.#options;
    const now = clock.now();
    this.#bound(now);
    const next = this.#backoff.next();
    const wait = now - this.#lostAt < EAGER_MS ? Math.min(next, EAGER_WAIT_MS) : next;
    if (reason !== this.#told?.reason || now - this.#told.at >= TELL_EVERY_MS) {
      this.#told = { reason, at: now };
      log.warn("cannot reach the broker, retrying", { broker: this.name, reason });
    }
    this.#cancelWait = clock.after(wait, () => void this.#open());
    this.#options.events.changed();
  }

  #scheduleFlush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    process.nextTick(() => this.#flush());
  }

  #flush(): void {
    this.#flushing = false;
    const session = this.#session;
    if (session === undefined || this.#outcomes.length === 0) return;
    const jobs = this.#outcomes;
    this.#outcomes = [];
    const outcomes: Outcome[] = [];
    for (const job of jobs) {
      if (job.result !== undefined && this.#unacknowledged.has(job)) outcomes.push(outcomeOf(job.result, job.claim));
    }
    session.settle(outcomes).then(
      () => {
        for (const job of jobs) this.#forget(job);
      },
      // What is still held is sent on the next session.
      (error: unknown) => this.#abandon(session, `outcomes were not acknowledged: ${messageOf(error)}`),
    );
  }

  /**
   * Of what was never acknowledged, the oldest goes: its claim is not held any more when the next session opens, and
   * the broker hands the activation out again. At-most-once work stays: its broker would start it a second time.
   */
  #bound(now: number): void {
    let dropped = false;
    for (const job of this.#unacknowledged) {
      if (this.#unacknowledged.size <= MOST_OUTCOMES && now - job.endedAt < OUTCOME_MS) break;
      if (this.#options.atMostOnce(job)) continue;
      this.#drop(job, "the broker did not acknowledge it in an hour, or too many wait");
      dropped = true;
    }
    const session = this.#session;
    if (dropped && session !== undefined && session.withoutClaims !== true)
      this.#abandon(session, "it does not acknowledge outcomes");
  }

  #drop(job: Job, why: string): void {
    this.#dropped.add(this.#options.taskOf(job), why);
    this.#leave(job);
  }

  /** Nothing is said of it any more. A session without claims need not know it any longer either. */
  #leave(job: Job): void {
    this.#forget(job);
    if (job.withoutClaim) this.#session?.giveBack([job.claim]);
  }

  #forget(job: Job): void {
    if (this.#held.get(job.claim) === job) this.#held.delete(job.claim);
    this.#unacknowledged.delete(job);
    if (this.#held.size === 0) this.#notify();
  }

  #notify(): void {
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) watcher();
  }
}
