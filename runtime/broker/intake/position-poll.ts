import type { Clock } from "../../base/clock.js";
import { messageOf } from "../../base/errors.js";
import type { TopicPartition } from "../../base/topic-partition.js";
import type { LogReader } from "../../log/port.js";
import type { Event } from "../inflight/events.js";
import type { Positions } from "./positions.js";

const POLL_MS = 1000;

/** What the poll needs of the broker's engine. */
export interface PollEngine {
  apply(event: Event): void;
  /** Resolves when everything applied until now is on disk. */
  durable(): Promise<void>;
  /** Everything of the partition before it is settled, or has a row once what was applied is on disk. */
  positionOf(place: TopicPartition): number | undefined;
  /** Partitions whose stored position the machine has to know. */
  asks(): readonly TopicPartition[];
}

export interface PollEvents {
  /** The log does not answer; undefined: it answers again. Called once for each change. */
  silent(error: unknown): void;
  /** An error that ends the broker. */
  failed(error: unknown): void;
}

/** An error of the log, as opposed to one of the broker. */
class LogFailure extends Error {}

/**
 * Every second, stores the last positions of a shared log's partitions that no commit follows, and asks the log for open
 * positions of partitions that other brokers own.
 */
export class PositionPoll {
  readonly #reader: LogReader;
  readonly #positions: Positions;
  readonly #topics: ReadonlySet<string>;
  readonly #engine: PollEngine;
  /** Identity of the broker's journal. */
  readonly #journal: string;
  readonly #clock: Clock;
  readonly #events: PollEvents;
  /** Whether the log did not answer when it was last asked. */
  #silent = false;
  #stopped = false;
  #cancel: () => void = () => {};

  constructor(
    reader: LogReader,
    positions: Positions,
    topics: readonly string[],
    engine: PollEngine,
    journal: string,
    clock: Clock,
    events: PollEvents,
  ) {
    this.#reader = reader;
    this.#positions = positions;
    this.#topics = new Set(topics);
    this.#engine = engine;
    this.#journal = journal;
    this.#clock = clock;
    this.#events = events;
  }

  start(): void {
    this.#cancel = this.#clock.after(POLL_MS, () => {
      this.#poll()
        .then(
          () => this.answered(undefined),
          (error: unknown) => {
            if (error instanceof LogFailure) this.answered(error.cause);
            else this.#events.failed(error);
          },
        )
        .finally(() => {
          if (!this.#stopped) this.start();
        });
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  /** The log answered, or failed with `error`. */
  answered(error: unknown): void {
    const silent = error !== undefined;
    if (this.#silent !== silent) this.#events.silent(error);
    this.#silent = silent;
  }

  async #poll(): Promise<void> {
    for (const place of this.#positions.owned) {
      const position = this.#engine.positionOf(place);
      if (place.share === undefined || position === undefined || this.#positions.isStored(place, position)) continue;
      await this.#engine.durable();
      await byLog(() => this.#positions.commitLast(place, position));
    }
    const asked = this.#engine.asks().filter(({ topic }) => this.#topics.has(topic));
    if (asked.length === 0) return;
    const stored = await byLog(async () => this.#reader.stored?.(asked));
    for (const { topic, partition, committed, journal, since, settledBelow } of stored ?? []) {
      const own = journal === this.#journal;
      this.#engine.apply({ kind: "positionRead", topic, partition, committed, since, own, settledBelow });
    }
  }
}

/** Throws LogFailure, with what the log threw as its cause. */
async function byLog<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    throw new LogFailure(messageOf(cause), { cause });
  }
}
