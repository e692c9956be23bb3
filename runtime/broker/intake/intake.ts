import { LARGEST_TAKEN_BYTES } from "../../activation/encoding/bounds.js";
import { readHead } from "../../activation/encoding/head.js";
import type { Clock } from "../../base/clock.js";
import { messageOf } from "../../base/errors.js";
import { failpoint } from "../../base/failpoint.js";
import { keyOf, type TopicPartition } from "../../base/topic-partition.js";
import { within } from "../../base/within.js";
import type { Batch, Damaged, LogReader, ReadRecord, Unreadable } from "../../log/port.js";
import { cutError } from "../../wire/codec/session-codec.js";
import type { Arrival, Event } from "../inflight/events.js";
import type { PartitionState } from "../inflight/persisted.js";
import type { LowestOffset } from "../journal/messages.js";
import { Positions } from "./positions.js";
import { type RawTopics, rawArrival } from "./raw.js";

/** Lost records accounted for at a time. */
const LOST_AT_ONCE = 1000;
/** How often a shared log is asked for what is open. */
const ASK_MS = 1000;
/** How long the end waits for released partitions to be on disk. */
const LAST_MS = 5000;

/** What intake needs of the broker's engine. */
export interface IntakeEngine {
  apply(event: Event): void;
  /** Resolves when everything applied until now is on disk. */
  durable(): Promise<void>;
  /** Everything of the partition before it is settled, or has a row once what was applied is on disk. */
  positionOf(place: TopicPartition): number | undefined;
  /** Names what the journal has on disk. */
  journalCommit(): string;
  /** Partitions whose stored position the machine has to know. */
  asks(): readonly TopicPartition[];
}

interface IntakeEvents {
  /** The log lost these records. */
  damaged(lost: Damaged): void;
  /** The log does not answer; undefined: it answers again. Called once for each change. */
  silent(error: unknown): void;
  /** An error that ends the broker. */
  failed(error: unknown): void;
}

/** An error of the log, as opposed to one of the broker. */
class LogFailure extends Error {}

/** Reads the topics of one cluster into the in-flight machine and commits positions back. */
export class Intake {
  readonly #reader: LogReader;
  readonly #topics: ReadonlySet<string>;
  readonly #engine: IntakeEngine;
  /** Identity of the broker's journal. */
  readonly #journal: string;
  readonly #positions: Positions;
  readonly #raw: { readonly topics: RawTopics; readonly clock: Clock };
  readonly #events: IntakeEvents;
  /** Whether the log did not answer when it was last asked. */
  #silent = false;
  /** The offset that the next appended record gets, of each partition that is read, as far as it is known. */
  readonly #ends = new Map<string, number>();

  #cancelAsking: () => void = () => {};
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
    this.#topics = new Set(topics);
    this.#engine = engine;
    this.#journal = journal;
    this.#positions = new Positions(
      reader,
      (positions) => engine.apply({ kind: "positionsStored", positions }),
      () => engine.journalCommit(),
    );
    this.#raw = raw;
    this.#events = events;
    this.ready = new Promise((resolve) => {
      this.#assigned = resolve;
    });
    if (reader.stored !== undefined) this.#askSoon();
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
    this.#cancelAsking();
    const released = this.#positions.owned.filter(({ share }) => share !== undefined);
    try {
      await within(this.#raw.clock, LAST_MS, Promise.all(released.map((place) => this.#release(place))));
    } finally {
      await this.#reader.close();
    }
  }

  /** Of a shared log, what was started gets its row and the position behind it is stored; the rest is the next owner's. */
  async #release(place: TopicPartition & { readonly share?: object | undefined }): Promise<void> {
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
        await this.#positions.commitLast(place, position).catch((error: unknown) => this.#answered(error));
    }
    this.#positions.revoked(place);
    // The next owner reads the rest.
    this.#ends.delete(keyOf(place));
  }

  /** Periodically stores last positions that no commit follows, and asks for open positions of partitions that others own. */
  #askSoon(): void {
    this.#cancelAsking = this.#raw.clock.after(ASK_MS, () => {
      this.#ask()
        .then(
          () => this.#answered(undefined),
          (error: unknown) => {
            if (error instanceof LogFailure) this.#answered(error.cause);
            else this.#events.failed(error);
          },
        )
        .finally(() => {
          if (!this.#closing) this.#askSoon();
        });
    });
  }

  /** `error` undefined: the log answered. */
  #answered(error: unknown): void {
    const silent = error !== undefined;
    if (this.#silent !== silent) this.#events.silent(error);
    this.#silent = silent;
  }

  async #ask(): Promise<void> {
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

/** Throws LogFailure, with what the log threw as its cause. */
async function byLog<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    throw new LogFailure(messageOf(cause), { cause });
  }
}

function arrivalOf(record: ReadRecord): Arrival {
  const { offset, value } = record;
  if (value.length > LARGEST_TAKEN_BYTES) {
    return {
      offset,
      payload: value,
      poison: "oversized",
      error: `${value.length} bytes; at most ${LARGEST_TAKEN_BYTES} are allowed`,
    };
  }
  try {
    const head = readHead(value);
    if (head.clamped.length === 0) return { offset, payload: value, head };
    return { offset, payload: value, head, clamped: head.clamped };
  } catch (error) {
    return { offset, payload: value, poison: "undecodable", error: cutError(messageOf(error)) };
  }
}
