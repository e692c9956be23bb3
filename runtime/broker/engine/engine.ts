import type { Clock } from "../../base/clock.js";
import { failpoint } from "../../base/failpoint.js";
import type { Logger } from "../../base/logger.js";
import type { Delivery } from "../../wire/session.js";
import { BrokerStopsError } from "../dispatch/errors.js";
import { type EndListener, NO_LISTENER } from "../inflight/end-listener.js";
import type { Act, ActAnswer, Effect, Event, PublishAs } from "../inflight/events.js";
import { Inflight } from "../inflight/inflight.js";
import type { Limits } from "../inflight/limits.js";
import type { Row } from "../inflight/live-row.js";
import { Parts } from "../inflight/parts.js";
import type { PageRequest, PartitionState } from "../inflight/persisted.js";
import type { StoredRow } from "../inflight/row.js";
import type { JournalPort } from "../journal/journal.js";
import type { LowestOffset } from "../journal/messages.js";
import { BrokerFailedError } from "./broker-failed.js";
import { type CommitEvents, Committer } from "./committer.js";

/** Ids in one request to the journal. */
const FOUND_AT_A_TIME = 1000;

/** Where the machine's effects go. */
export interface EngineOutlets {
  deliver(session: string, deliveries: readonly Delivery[]): void;
  /** Notifies a worker of cancelled claims. */
  cancel(session: string, claims: readonly number[]): void;
  /** Answers a fetch; undefined: there is no work for it. */
  handOut(fetch: number, delivery: Delivery | undefined): void;
  publish(as: PublishAs, row: Row): void;
  /** Events were applied and their effects carried out. */
  applied(): void;
  pause(topic: string): void;
  resume(topic: string): void;
  /** Everything before these positions is settled or a row on disk. `lowest`: lowest unsettled offsets of partitions with rows. */
  positions(partitions: readonly PartitionState[], lowest: readonly LowestOffset[]): void;
  written: CommitEvents["written"];
  /** The machine or one of these outlets threw: nothing is applied or written from here on. */
  failed(error: BrokerFailedError): void;
}

/**
 * Drives the in-flight machine: feeds it events with the time, carries out its effects, wakes it when something is due.
 * When the machine or an outlet throws in the middle of an event, the engine fails permanently, and the journal keeps the
 * state before that event.
 */
export class Engine {
  readonly inflight: Inflight;
  readonly #journal: JournalPort;
  readonly #committer: Committer;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** undefined: not started. */
  #outlets: EngineOutlets | undefined;
  /** Events caused by effects wait here until the effects before them are carried out. */
  readonly #waiting: Event[] = [];
  #applying = false;
  #wakeAt = Number.POSITIVE_INFINITY;
  #cancelWake: (() => void) | undefined;
  #stopped = false;
  /** Acts of operators that are not answered yet. */
  readonly #acts = new Map<number, { resolve(answer: ActAnswer): void; reject(error: unknown): void }>();
  #lastAct = 0;

  /** `ends` learns how runs and activations end. */
  constructor(limits: Limits, journal: JournalPort, clock: Clock, logger: Logger, ends: EndListener = NO_LISTENER) {
    this.inflight = new Inflight(limits, new Parts(limits, ends));
    this.#journal = journal;
    this.#clock = clock;
    this.#logger = logger;
    this.#committer = new Committer(this.inflight, journal, clock, {
      committed: (number) => this.apply({ kind: "committed", number }),
      reported: (partitions, { lowest, bytes }) => {
        this.apply({ kind: "disk", bytes });
        this.#outlets?.positions(partitions, lowest);
      },
      written: (changes, milliseconds) => this.#outlets?.written(changes, milliseconds),
      failed: (error) => this.#fail(error),
    });
  }

  /** Recovers what the journal has kept. From now on events are applied and effects go to `outlets`. */
  start(outlets: EngineOutlets): void {
    this.#outlets = outlets;
    this.#waiting.unshift(this.#journal.recovered);
    this.#run(outlets);
  }

  /** Events that come before the start wait for it. */
  apply(event: Event): void {
    this.#waiting.push(event);
    if (this.#outlets !== undefined) this.#run(this.#outlets);
  }

  #run(outlets: EngineOutlets): void {
    if (this.#applying || this.#stopped) return;
    this.#applying = true;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        for (const effect of this.inflight.apply(next, this.#clock.now(), this.#clock.wall())) {
          this.#perform(effect, outlets);
          if (this.#committer.halted) return;
        }
      }
      this.#committer.touch();
      outlets.applied();
      this.#arm();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#applying = false;
    }
  }

  /** Stops for good after a failure: nothing is applied or written from here on, and pending durable() calls reject. */
  halt(error: unknown): void {
    this.#end(error);
    this.#waiting.length = 0;
    this.#cancelWake?.();
    this.#committer.halt(error);
  }

  #end(error: unknown): void {
    this.#stopped = true;
    for (const { reject } of this.#acts.values()) reject(error);
    this.#acts.clear();
  }

  #fail(cause: unknown): void {
    const error = new BrokerFailedError(cause);
    this.halt(error);
    this.#outlets?.failed(error);
  }

  /** When the oldest commit under way began; undefined: none is under way. */
  get commitSince(): number | undefined {
    return this.#committer.since;
  }

  /** Whether the journal's disk takes no commits. */
  stuck(stuck: boolean): void {
    this.#committer.stuck(stuck);
  }

  /** What an operator does to activations. Resolves when it is on disk; rejects when the broker stops or fails first. */
  async act(wish: Omit<Act, "act">): Promise<ActAnswer> {
    const answer = await new Promise<ActAnswer>((resolve, reject) => {
      if (this.#stopped) {
        reject(new BrokerStopsError());
        return;
      }
      this.#lastAct += 1;
      this.#acts.set(this.#lastAct, { resolve, reject });
      this.apply({ kind: "act", act: this.#lastAct, ...wish });
    });
    failpoint("acts.applied");
    await this.durable(true);
    failpoint("acts.durable");
    return answer;
  }

  /** Resolves when everything applied until now is on disk; rejects when it never will be. */
  durable(urgent = false): Promise<void> {
    return this.#committer.durable(urgent);
  }

  /**
   * Whether what is reported of this activation may be answered before it is on disk: it is at-least-once work that runs
   * again if the report is lost, and commits keep up, so that little can be lost.
   */
  mayRepeat(id: string): boolean {
    return !this.#applying && !this.#stopped && !this.#committer.isBehind && this.inflight.mayRepeat(id);
  }

  /** Applies nothing from here on. Resolves when what was applied is on disk; at once when the broker failed. */
  async stop(): Promise<void> {
    this.apply({ kind: "stopping" });
    if (this.#committer.halted) return;
    this.#end(new BrokerStopsError());
    this.#cancelWake?.();
    await this.#committer.durable(true);
  }

  #perform(effect: Effect, outlets: EngineOutlets): void {
    switch (effect.kind) {
      case "deliver":
        failpoint("claims.before-delivery");
        outlets.deliver(effect.session, effect.deliveries);
        failpoint("claims.delivered");
        break;
      case "handOut":
        failpoint("claims.before-delivery");
        outlets.handOut(effect.fetch, effect.delivery);
        failpoint("claims.delivered");
        break;
      case "cancel":
        failpoint("acts.before-notice");
        outlets.cancel(effect.session, effect.claims);
        break;
      case "acted": {
        const open = this.#acts.get(effect.act);
        this.#acts.delete(effect.act);
        open?.resolve(effect);
        break;
      }
      case "find":
        // What left memory or ended must be in the file as such before it is read.
        this.#committer.flush();
        void this.#find(effect.act, effect.ids);
        break;
      case "page":
        this.#committer.flush();
        void this.#page(effect.act, effect.request);
        break;
      case "publish":
        outlets.publish(effect.as, effect.row);
        break;
      case "load":
        // Rows that left memory must be in the file before it is read.
        this.#committer.flush();
        void this.#journal
          .load(effect.after, effect.dueBefore, effect.limit)
          .then((loaded) => this.apply({ kind: "loaded", ...loaded }))
          .catch((error: unknown) => this.#fail(error));
        break;
      case "unpark":
        this.#committer.flush();
        void this.#journal
          .unpark(effect)
          .then((rows) => this.apply({ kind: "unparked", rows }))
          .catch((error: unknown) => this.#fail(error));
        break;
      case "pause":
      case "resume":
        outlets[effect.kind](effect.topic);
        break;
      case "commitNow":
        this.#committer.touch(true);
        break;
      case "log":
        this.#logger[effect.level](effect.message, { ...effect.fields });
        break;
    }
  }

  async #find(act: number, ids: readonly string[]): Promise<void> {
    try {
      const rows: StoredRow[] = [];
      for (let from = 0; from < ids.length; from += FOUND_AT_A_TIME)
        rows.push(...(await this.#journal.find(ids.slice(from, from + FOUND_AT_A_TIME), false)));
      this.apply({ kind: "found", act, rows });
    } catch (error) {
      this.#unread(error);
    }
  }

  async #page(act: number, request: PageRequest): Promise<void> {
    try {
      this.apply({ kind: "found", act, ...(await this.#journal.page(request)) });
    } catch (error) {
      this.#unread(error);
    }
  }

  #unread(error: unknown): void {
    // The journal was closed by the stop.
    if (!this.#stopped) this.#fail(error);
  }

  #arm(): void {
    const now = this.#clock.now();
    const next = this.inflight.nextWake(now);
    if (next === this.#wakeAt) return;
    this.#cancelWake?.();
    this.#wakeAt = next;
    if (next === Number.POSITIVE_INFINITY || this.#stopped) return;
    this.#cancelWake = this.#clock.after(Math.max(next - now, 0), () => {
      this.#wakeAt = Number.POSITIVE_INFINITY;
      this.apply({ kind: "tick" });
    });
  }
}
