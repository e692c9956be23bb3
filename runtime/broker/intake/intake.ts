import type { Clock } from "../../base/clock.js";
import { failpoint } from "../../base/failpoint.js";
import { keyOf, type TopicPartition } from "../../base/topic-partition.js";
import { within } from "../../base/within.js";
import type { Batch, Damaged, LogReader, Unreadable } from "../../log/port.js";
import type { Arrival } from "../inflight/events.js";
import type { PartitionState } from "../inflight/persisted.js";
import type { LowestOffset } from "../journal/messages.js";
import { type PollEngine, type PollEvents, PositionPoll } from "./position-poll.js";
import { Positions } from "./positions.js";
import { type RawTopics, rawArrival } from "./raw.js";
import { arrivalOf } from "./record.js";

/** Lost records accounted for at a time. */
const LOST_AT_ONCE = 1000;
/** How long the end waits for released partitions to be on disk. */
const LAST_MS = 5000;

/** What intake needs of the broker's engine. */
export interface IntakeEngine extends PollEngine {
  /** Names what the journal has on disk. */
  journalCommit(): string;
}

interface IntakeEvents extends PollEvents {
  /** The log lost these records. */
  damaged(lost: Damaged): void;
}

/** Reads the topics of one cluster into the in-flight machine and commits positions back. */
export class Intake {
  readonly #reader: LogReader;
  readonly #engine: IntakeEngine;
  /** Identity of the broker's journal. */
  readonly #journal: string;
  readonly #positions: Positions;
  readonly #raw: { readonly topics: RawTopics; readonly clock: Clock };
  readonly #poll: PositionPoll;
  readonly #events: IntakeEvents;
  /** The offset that the next appended record gets, of each partition that is read, as far as it is known. */
  readonly #ends = new Map<string, number>();
  #closing = false;

  /** Resolves when the first partition is assigned. */
  readonly ready: Promise<void>;
  #assigned: () => void = () => {};

  /** `raw`: topics whose records are wrapped, and the clock of their receive time. */
  constructor(
    reader: LogReader,
    topics: readonly string[],
    engine: IntakeEngine,
    journal: string,
    raw: { readonly topics: RawTopics; readonly clock: Clock },
    events: IntakeEvents,
  ) {
    this.#reader = reader;
    this.#engine = engine;
    this.#journal = journal;
    this.#positions = new Positions(
      reader,
      (positions) => engine.apply({ kind: "positionsStored", positions }),
      () => engine.journalCommit(),
    );
    this.#poll = new PositionPoll(reader, this.#positions, topics, engine, journal, raw.clock, events);
    this.#raw = raw;
    this.#events = events;
    this.ready = new Promise((resolve) => {
      this.#assigned = resolve;
    });
    if (reader.stored !== undefined) this.#poll.start();
  }

  /** Ends when the reader is closed; rejects with what ends the broker. */
  async run(): Promise<void> {
    for await (const event of this.#reader) {
      if (this.#closing) continue;
      switch (event.kind) {
        case "assigned": {
          const { topic, partition, logId, committed, takenOver, first, end, share, putBack } = event;
          this.#positions.assigned(event);
          this.#ends.set(keyOf(event), end);
          const shared = share && { from: share.from, since: share.since, own: share.journal === this.#journal };
          this.#engine.apply({
            kind: "assigned",
            topic,
            partition,
            logId,
            committed,
            takenOver,
            first,
            end,
            ...(shared === undefined ? {} : { share: shared }),
            ...(putBack === undefined ? {} : { putBack }),
          });
          this.#assigned();
          break;
        }
        case "batch":
          this.#ends.set(keyOf(event), event.end);
          this.#take(event);
          // Sessions and timers get their turn between batches.
          await new Promise<void>((resolve) => setImmediate(resolve));
          break;
        case "damaged":
          this.#events.damaged(event);
          await this.#account(event);
          break;
        case "revoked":
          await this.#release(event);
          break;
      }
    }
  }

  /** Stores positions whose rows are on disk; partitions released in the meantime are left out. */
  commit(positions: readonly PartitionState[], lowest: readonly LowestOffset[]): Promise<void> {
    return this.#positions.commit(positions, lowest);
  }

  pause(topic: string): void {
    this.#reader.pause(topic);
  }

  resume(topic: string): void {
    this.#reader.resume(topic);
  }

  /** The offset that the next appended record gets; null: unknown, undefined: the partition is not read here. */
  end(topic: string, partition: number): number | null | undefined {
    const end = this.#ends.get(keyOf({ topic, partition }));
    if (end === undefined || this.#reader.end === undefined) return end;
    return this.#reader.end(topic, partition) ?? null;
  }

  /** What cannot be read at the moment. */
  get unreadable(): readonly Unreadable[] {
    return this.#reader.unreadable?.() ?? [];
  }

  /** Whether some partition is read. */
  get reads(): boolean {
    const unreadable = this.unreadable;
    if (unreadable.length === 0) return true;
    const broken = new Set(unreadable.map(keyOf));
    const isBroken = ({ topic, partition }: TopicPartition) =>
      broken.has(keyOf({ topic, partition })) || broken.has(keyOf({ topic, partition: undefined }));
    return this.#positions.owned.some((place) => !isBroken(place));
  }

  /** Releases the partitions of shared logs, and closes the reader. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#poll.stop();
    const released = this.#positions.owned.filter(({ share }) => share !== undefined);
    try {
      await within(this.#raw.clock, LAST_MS, Promise.all(released.map((place) => this.#release(place))));
    } finally {
      await this.#reader.close();
    }
  }

  /**
   * Releases a partition of a shared log: started work gets its row, the position after it is stored, and the next owner
   * reads the rest.
   */
  async #release(place: TopicPartition): Promise<void> {
    const { topic, partition } = place;
    const owned = this.#positions.owned.find((each) => keyOf(each) === keyOf(place));
    if (owned?.share === undefined) {
      await this.#engine.durable();
    } else {
      this.#engine.apply({ kind: "revoked", topic, partition });
      const position = this.#engine.positionOf(place);
      await this.#engine.durable();
      // Without an answer it stays open, and the log is asked later.
      if (position !== undefined)
        await this.#positions.commitLast(place, position).catch((error: unknown) => this.#poll.answered(error));
    }
    this.#positions.revoked(place);
    // The next owner reads the rest.
    this.#ends.delete(keyOf(place));
  }

  /** Every record that the log lost ends as a dead letter without bytes; only its offset is known. */
  async #account({ topic, partition, from, to, error }: Damaged): Promise<void> {
    for (let next = from; next < to; ) {
      const arrivals: Arrival[] = [];
      for (; next < to && arrivals.length < LOST_AT_ONCE; next += 1) {
        const payload = new Uint8Array();
        arrivals.push({ offset: next, payload, poison: "undecodable", error: `the log lost this record: ${error}` });
      }
      this.#engine.apply({ kind: "arrived", topic, partition, arrivals });
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  #take(batch: Batch): void {
    const { topic, partition, records, next } = batch;
    const facts = this.#raw.topics.get(topic);
    const arrivals =
      facts === undefined
        ? records.map(arrivalOf)
        : records.map((record) => rawArrival(facts, topic, partition, record, this.#raw.clock.wall()));
    failpoint("intake.batch-read");
    this.#engine.apply({ kind: "arrived", topic, partition, arrivals, ...(next === undefined ? {} : { next }) });
    failpoint("intake.batch-applied");
  }
}
