import type { Clock } from "../../base/clock.js";
import { failpoint } from "../../base/failpoint.js";
import type { Logger } from "../../base/logger.js";
import type { Delivery } from "../../wire/session.js";
import { BrokerFailedError } from "../failed.js";
import type { Effect, Event, PublishAs } from "../inflight/events.js";
import { Inflight } from "../inflight/inflight.js";
import type { Limits } from "../inflight/limits.js";
import type { PartitionState } from "../inflight/persisted.js";
import type { Row } from "../inflight/row.js";
import type { JournalPort } from "../journal/journal.js";
import type { LowestOffset } from "../journal/messages.js";
import { type CommitEvents, Committer } from "./committer.js";

/** Where the machine's effects go. */
export interface EngineOutlets {
  deliver(session: string, deliveries: readonly Delivery[]): void;
  /** The answer to a fetch; undefined: there is nothing. */
  handOut(fetch: number, delivery: Delivery | undefined): void;
  publish(as: PublishAs, row: Row): void;
  /** Events and their effects are through. */
  applied(): void;
  pause(topic: string): void;
  resume(topic: string): void;
  /** All before these positions is settled or a row on disk; the lowest unsettled offsets of partitions with rows. */
  positions(partitions: readonly PartitionState[], lowest: readonly LowestOffset[]): void;
  written: CommitEvents["written"];
  /** Nothing is applied or written any more: the machine or one of these outlets threw. */
  failed(error: BrokerFailedError): void;
}

/**
 * Drives the in-flight machine: gives it events with the time, carries its effects out, wakes it in time. When the
 * machine or an outlet throws, an event is half done: it fails for good, and the journal keeps what it had before.
 */
export class Engine {
  readonly inflight: Inflight;
  readonly #journal: JournalPort;
  readonly #committer: Committer;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #outlets: EngineOutlets;
  /** Effects may cause events: these wait until the effects before them are carried out. */
  readonly #waiting: Event[] = [];
  #applying = false;
  #wakeAt = Number.POSITIVE_INFINITY;
  #cancelWake: (() => void) | undefined;
  #stopped = false;

  constructor(limits: Limits, journal: JournalPort, clock: Clock, logger: Logger, outlets: EngineOutlets) {
    this.inflight = new Inflight(limits);
    this.#journal = journal;
    this.#clock = clock;
    this.#logger = logger;
    this.#outlets = outlets;
    this.#committer = new Committer(this.inflight, journal, clock, {
      committed: (number) => this.apply({ kind: "committed", number }),
      reported: (partitions, { lowest, bytes }) => {
        this.apply({ kind: "disk", bytes });
        outlets.positions(partitions, lowest);
      },
      written: (changes, milliseconds) => outlets.written(changes, milliseconds),
      failed: (error) => this.#fail(error),
    });
  }

  /** Must come first: what the journal knows. */
  recover(): void {
    this.apply(this.#journal.recovered);
  }

  apply(event: Event): void {
    this.#waiting.push(event);
    if (this.#applying || this.#stopped) return;
    this.#applying = true;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        for (const effect of this.inflight.apply(next, this.#clock.now(), this.#clock.wall())) {
          this.#perform(effect);
          if (this.#committer.halted) return;
        }
      }
      this.#committer.touch();
      this.#outlets.applied();
      this.#arm();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#applying = false;
    }
  }

  /** The broker failed elsewhere: nothing is applied or written any more, and who waits for the disk is told. */
  halt(error: unknown): void {
    this.#stopped = true;
    this.#waiting.length = 0;
    this.#cancelWake?.();
    this.#committer.halt(error);
  }

  #fail(cause: unknown): void {
    const error = new BrokerFailedError(cause);
    this.halt(error);
    this.#outlets.failed(error);
  }

  /** Since when the oldest commit is under way. */
  get commitSince(): number | undefined {
    return this.#committer.since;
  }

  /** The journal's disk takes nothing (any more). */
  stuck(stuck: boolean): void {
    this.#committer.stuck(stuck);
  }

  durable(urgent = false): Promise<void> {
    return this.#committer.durable(urgent);
  }

  /** Nothing is applied any more; what was applied is on disk, unless the broker failed. */
  async stop(): Promise<void> {
    this.apply({ kind: "stopping" });
    if (this.#committer.halted) return;
    this.#stopped = true;
    this.#cancelWake?.();
    await this.#committer.durable(true);
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case "deliver":
        failpoint("claims.before-delivery");
        this.#outlets.deliver(effect.session, effect.deliveries);
        failpoint("claims.delivered");
        break;
      case "handOut":
        failpoint("claims.before-delivery");
        this.#outlets.handOut(effect.fetch, effect.delivery);
        failpoint("claims.delivered");
        break;
      case "publish":
        this.#outlets.publish(effect.as, effect.row);
        break;
      case "load":
        // Rows that were dropped from memory must be in the file before it is read.
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
        this.#outlets[effect.kind](effect.topic);
        break;
      case "commitNow":
        this.#committer.touch(true);
        break;
      case "log":
        this.#logger[effect.level](effect.message, { ...effect.fields });
        break;
    }
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
