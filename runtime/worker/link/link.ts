import { messageOf } from "../../base/errors.js";
import type { Delivery, Session, Started } from "../../wire/session.js";
import type { RunResult } from "../child/result.js";
import { Job, type JobSource } from "../job.js";
import type { Lock } from "../lock/port.js";
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
  readonly taskOf: (job: Job) => string;
  readonly atMostOnce: (job: Job) => boolean;
  /** Keeps at-most-once work of brokers without claims from a second start. */
  readonly lock: Lock;
  readonly events: LinkEvents;
}

interface LinkEvents {
  /** There may be work to take, or credit to give. */
  changed(): void;
  /** The claim of a job without a result no longer counts. */
  forgotten(job: Job): void;
}

/** The link to one broker: gets work over its sessions and holds every claim until its outcome is acknowledged. */
export class Link implements JobSource, Sharer {
  readonly name: string;
  readonly #options: LinkOptions;
  readonly #connection: Connection;
  readonly #credit: Credit;
  readonly #outcomes: Outcomes;
  readonly #dropped: DroppedOutcomes;
  /** By claim. */
  readonly #held = new Map<number, Job>();
  #unstarted: Job[] = [];
  #draining = false;
  /** The broker delivers nothing more on this session. */
  #drained = false;
  #watchers: (() => void)[] = [];

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
      acknowledged: (job) => this.#forget(job),
      dropped: (job, why) => this.#drop(job, why),
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
  take(count: number): Job[] {
    if (!this.connected || this.#unstarted.length === 0) return [];
    const now = this.#options.clock.now();
    return this.#unstarted.splice(0, count).filter((job) => {
      const late = job.left(now) <= 0;
      if (late) this.expire(job);
      return !late;
    });
  }

  expire(job: Job): void {
    this.#drop(job, "the deadline passed before the run could start");
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

  finish(job: Job, result: RunResult): void {
    if (job.result !== undefined) return;
    job.result = result;
    job.endedAt = this.#options.clock.now();
    if (job.forgotten) this.#drop(job, CLAIM_INVALID);
    else this.#outcomes.add(job);
  }

  giveBack(jobs: readonly Job[]): void {
    if (jobs.length === 0) return;
    for (const job of jobs) this.#forget(job);
    this.#connection.session?.giveBack(jobs.map(({ claim }) => claim));
  }

  /**
   * Gives back all unstarted work if some of it was delivered before `time`; returns how much work that is. The broker
   * hands out in order, so newer work must not stay and none may be on its way: unused credit is withdrawn first, and
   * a later call gives the work back.
   */
  giveBackOlder(time: number): number {
    if (!this.connected) return 0;
    const jobs = this.#unstarted.filter((job) => !job.withoutClaim);
    if (!jobs.some((job) => job.deliveredAt < time)) return 0;
    if (this.credit > 0) this.withdraw();
    else if (!this.#credit.withdrawing) {
      // The broker has work, but it gets credit only for free slots: otherwise the work would come back and wait again.
      this.#credit.markHungry();
      this.#giveBackUnstarted();
    }
    return jobs.length;
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
        this.#notify();
      },
      // The next session is drained again.
      () => this.#notify(),
    );
  }

  /** Resolves when no claim is held and, after drain(), the broker has confirmed that none is on its way. */
  async settled(): Promise<void> {
    while (this.#unsettled && !this.#connection.closed)
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
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
    this.#notify();
    await closed;
  }

  /** Goes on with the claims that are still valid and forgets the others. */
  #opened(session: Session, offered: readonly Job[]): void {
    const valid = new Set(session.valid);
    const kept: Job[] = [];
    for (const job of offered) {
      if (this.#held.get(job.claim) !== job) continue;
      job.announced = false;
      if (valid.has(job.claim)) kept.push(job);
      else if (job.result !== undefined) this.#drop(job, CLAIM_INVALID);
      else {
        job.forgotten = true;
        this.#forget(job);
        this.#options.events.forgotten(job);
      }
    }
    this.#unstarted = this.#unstarted.filter((job) => !job.forgotten);
    this.#outcomes.resume(new Set(offered), kept);
    if (this.#draining) this.drain();
    this.#options.events.changed();
  }

  #lost(): void {
    this.#drained = false;
    this.#credit.reset();
    this.#notify();
  }

  /**
   * A broker with claims redelivers what a session delivers after its end. A broker without claims would let the
   * deadline pass first, so its late deliveries count.
   */
  #deliver(session: Session, deliveries: readonly Delivery[]): void {
    const current = session === this.#connection.session;
    const { closed } = this.#connection;
    const withoutClaim = session.withoutClaims === true;
    if (!current && (!withoutClaim || closed)) return;
    const now = this.#options.clock.now();
    const jobs = deliveries.map((delivery) => new Job(this, delivery, now, withoutClaim));
    for (const job of jobs) this.#held.set(job.claim, job);
    if (current) this.#credit.use(jobs.length);
    if (!withoutClaim && (this.#draining || closed)) {
      this.giveBack(jobs);
      return;
    }
    for (const job of jobs) {
      if (withoutClaim && this.#options.atMostOnce(job)) void this.#admit(job);
      else this.#unstarted.push(job);
    }
    this.#options.events.changed();
  }

  /** At-most-once work of a broker without claims runs only if the lock has no record of an earlier start. */
  async #admit(job: Job): Promise<void> {
    const { lock, log, idOf, events } = this.#options;
    const id = idOf(job);
    try {
      const first = await lock.add(id, LOCK_MS);
      if (job.forgotten) return;
      if (first) this.#unstarted.push(job);
      else this.finish(job, { kind: "failure", reason: "already_started", error: `${id} was started before` });
    } catch (error) {
      log.error("at-most-once run not started because the lock failed; the broker ends it at its deadline", {
        broker: this.name,
        id,
        error: messageOf(error),
      });
      this.#leave(job);
    }
    events.changed();
  }

  /** What cannot be given back runs. */
  #giveBackUnstarted(): void {
    const jobs = this.#unstarted.filter((job) => !job.withoutClaim);
    this.#unstarted = this.#unstarted.filter((job) => job.withoutClaim);
    this.giveBack(jobs);
  }

  #drop(job: Job, why: string): void {
    this.#dropped.add(this.#options.taskOf(job), why);
    this.#leave(job);
  }

  /** Nothing is reported for the job. A session without claims forgets it, too. */
  #leave(job: Job): void {
    this.#forget(job);
    if (job.withoutClaim) this.#connection.session?.giveBack([job.claim]);
  }

  #forget(job: Job): void {
    if (this.#held.get(job.claim) === job) this.#held.delete(job.claim);
    this.#outcomes.delete(job);
    if (this.#held.size === 0) this.#notify();
  }

  #notify(): void {
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) watcher();
  }
}
