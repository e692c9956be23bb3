import type { Clock } from "../../base/clock.js";
import { messageOf } from "../../base/errors.js";
import type { Logger } from "../../base/logger.js";
import type { Delivery, Outcome, Session, SessionOffer, SessionPort, Started } from "../../wire/session.js";
import type { RunResult } from "../child/result.js";
import { Job } from "../job.js";
import { Backoff } from "./backoff.js";

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5000;
/** A session that lasted so long makes the next attempt start from the first wait again. */
const LASTING_MS = 5000;

export interface LinkOptions {
  readonly name: string;
  readonly port: SessionPort;
  readonly offer: Omit<SessionOffer, "held">;
  readonly clock: Clock;
  readonly log: Logger;
  /** The id of the activation a job carries. */
  readonly idOf: (job: Job) => string;
  readonly events: LinkEvents;
}

export interface LinkEvents {
  /** There may be work to take, or credit to give. */
  changed(): void;
  /** A running job whose claim no longer counts. */
  forgotten(job: Job): void;
}

/** The way to one broker: opens sessions again and again, and keeps every claim until its outcome is acknowledged. */
export class Link {
  readonly name: string;
  readonly #options: LinkOptions;
  readonly #backoff = new Backoff(FIRST_WAIT_MS, LONGEST_WAIT_MS);
  readonly #held = new Map<number, Job>();
  #unstarted: Job[] = [];
  #session: Session | undefined;
  #openedAt = 0;
  #credit = 0;
  #outcomes: Job[] = [];
  #flushing = false;
  #draining = false;
  /** The broker delivers nothing more. */
  #drained = false;
  #closed = false;
  #cancelWait: (() => void) | undefined;
  #watchers: (() => void)[] = [];
  /** Outcomes that no longer counted when they could be sent. */
  dropped = 0;

  constructor(options: LinkOptions) {
    this.name = options.name;
    this.#options = options;
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

  /** Credit given and not used yet, and work not started yet. */
  get expected(): number {
    return this.#credit + this.#unstarted.length;
  }

  connect(): void {
    void this.#open();
  }

  /** Unstarted work, oldest first. None without a session: another worker may have it by now. */
  take(count: number): Job[] {
    if (this.#session === undefined || this.#unstarted.length === 0) return [];
    return this.#unstarted.splice(0, count);
  }

  grant(count: number): void {
    if (this.#session === undefined || this.#draining || count <= 0) return;
    this.#credit += count;
    this.#session.credit(count);
  }

  started(starts: readonly Started[]): void {
    this.#session?.started(starts);
  }

  finish(job: Job, result: RunResult): void {
    if (job.result !== undefined) return;
    job.result = result;
    if (job.forgotten) {
      this.#drop(job);
      return;
    }
    this.#outcomes.push(job);
    this.#scheduleFlush();
  }

  /** Leaves the claim to the broker, which gives it back by its rules when the session closes. */
  release(job: Job): void {
    this.#forget(job);
  }

  /** Gives unstarted work back, without a processing attempt. */
  giveBack(jobs: readonly Job[]): void {
    if (jobs.length === 0) return;
    for (const job of jobs) this.#forget(job);
    this.#session?.giveBack(jobs.map(({ claim }) => claim));
  }

  giveBackUnstarted(): void {
    const jobs = this.#unstarted;
    this.#unstarted = [];
    this.giveBack(jobs);
  }

  /** Gives back unstarted work that was delivered before `time`; how much. */
  giveBackOlder(time: number): number {
    if (this.#session === undefined) return 0;
    const jobs = this.#unstarted.filter((job) => job.deliveredAt < time);
    if (jobs.length === 0) return 0;
    this.#unstarted = this.#unstarted.filter((job) => job.deliveredAt >= time);
    this.giveBack(jobs);
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
      deliver: (deliveries: readonly Delivery[]) => this.#deliver(deliveries),
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
    this.#resume(held, new Set(session.valid));
    if (this.#draining) this.drain();
    this.#options.events.changed();
  }

  /** Of what was held, goes on with the valid claims and forgets the others. */
  #resume(held: readonly Job[], valid: ReadonlySet<number>): void {
    this.#outcomes = [];
    for (const job of held) {
      if (this.#held.get(job.claim) !== job) continue;
      job.announced = false;
      if (valid.has(job.claim)) {
        if (job.result !== undefined) this.#outcomes.push(job);
      } else if (job.result !== undefined) this.#drop(job);
      else {
        job.forgotten = true;
        this.#forget(job);
        this.#options.events.forgotten(job);
      }
    }
    this.#unstarted = this.#unstarted.filter((job) => !job.forgotten);
    if (this.#outcomes.length > 0) this.#scheduleFlush();
  }

  #deliver(deliveries: readonly Delivery[]): void {
    const now = this.#options.clock.now();
    const jobs = deliveries.map((delivery) => new Job(this, delivery, now));
    for (const job of jobs) this.#held.set(job.claim, job);
    this.#credit = Math.max(0, this.#credit - jobs.length);
    if (this.#draining || this.#closed) {
      this.giveBack(jobs);
      return;
    }
    this.#unstarted.push(...jobs);
    this.#options.events.changed();
  }

  #lose(reason: string): void {
    this.#session = undefined;
    this.#drained = false;
    this.#credit = 0;
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
    const wait = this.#backoff.next();
    this.#options.log.warn("no session with the broker", { broker: this.name, reason, retryInMs: Math.round(wait) });
    this.#cancelWait = this.#options.clock.after(wait, () => void this.#open());
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
    for (const { claim, result } of jobs) if (result !== undefined) outcomes.push({ ...result, claim });
    session.settle(outcomes).then(
      () => {
        for (const job of jobs) this.#forget(job);
      },
      // What is still held is sent on the next session.
      (error: unknown) => this.#abandon(session, `outcomes were not acknowledged: ${messageOf(error)}`),
    );
  }

  #drop(job: Job): void {
    this.dropped += 1;
    const { name: broker } = this;
    this.#options.log.warn(
      "an outcome is dropped: its claim no longer counts, it is settled already or was given to another worker",
      {
        broker,
        claim: job.claim,
        outcome: job.result?.kind,
      },
    );
    this.#forget(job);
  }

  #forget(job: Job): void {
    if (this.#held.get(job.claim) === job) this.#held.delete(job.claim);
    if (this.#held.size === 0) this.#notify();
  }

  #notify(): void {
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) watcher();
  }
}
