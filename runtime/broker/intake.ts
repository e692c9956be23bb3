import { LARGEST_TAKEN_BYTES } from "../activation/bounds.js";
import { readHead } from "../activation/head.js";
import type { Clock } from "../base/clock.js";
import { messageOf } from "../base/errors.js";
import { failpoint } from "../base/failpoint.js";
import type { Assigned, Batch, Commit, Damaged, LogReader, ReadRecord } from "../log/port.js";
import { StaleEpochError } from "../log/port.js";
import { cutError } from "../wire/session-codec.js";
import type { Arrival, Event, PartitionState } from "./inflight/events.js";
import type { LowestOffset } from "./journal/messages.js";
import { type RawTopics, rawArrival } from "./raw.js";

const LOST_AT_ONCE = 1000;

/** Reads the topics of one cluster into the in-flight machine and commits positions back. */
export class Intake {
  readonly #reader: LogReader;
  readonly #apply: (event: Event) => void;
  /** Resolves when all changes until now are on disk. */
  readonly #durable: () => Promise<void>;
  readonly #raw: { readonly topics: RawTopics; readonly clock: Clock };
  readonly #damaged: (lost: Damaged) => void;
  readonly #owned = new Map<string, Assigned>();
  /** Offsets that the next appended record gets, as far as known. */
  readonly #ends = new Map<string, number>();

  /** Resolves when the first partition is assigned. */
  readonly ready: Promise<void>;
  #assigned: () => void = () => {};

  /**
   * `raw`: topics whose records are wrapped, and the clock of their receive time. `damaged` is told of records that the
   * log lost.
   */
  constructor(
    reader: LogReader,
    apply: (event: Event) => void,
    durable: () => Promise<void>,
    raw: { readonly topics: RawTopics; readonly clock: Clock },
    damaged: (lost: Damaged) => void,
  ) {
    this.#reader = reader;
    this.#apply = apply;
    this.#durable = durable;
    this.#raw = raw;
    this.#damaged = damaged;
    this.ready = new Promise((resolve) => {
      this.#assigned = resolve;
    });
  }

  /** Ends when the reader is closed; rejects with what ends the broker. */
  async run(): Promise<void> {
    for await (const event of this.#reader) {
      switch (event.kind) {
        case "assigned": {
          const { topic, partition, logId, committed, takenOver, first, end } = event;
          this.#owned.set(keyOf(event), event);
          this.#ends.set(keyOf(event), end);
          this.#apply({ kind: "assigned", topic, partition, logId, committed, takenOver, first, end });
          this.#assigned();
          break;
        }
        case "batch":
          this.#ends.set(keyOf(event), event.end);
          this.#take(event);
          // Between batches sessions and timers get their turn.
          await new Promise<void>((resolve) => setImmediate(resolve));
          break;
        case "damaged":
          this.#damaged(event);
          await this.#account(event);
          break;
        case "revoked":
          await this.#durable();
          this.#owned.delete(keyOf(event));
          break;
      }
    }
  }

  /** Stores positions whose rows are on disk; partitions given away in the meantime are left out. */
  async commit(positions: readonly PartitionState[], lowest: readonly LowestOffset[]): Promise<void> {
    const commits: Commit[] = [];
    for (const { topic, partition, position } of positions) {
      const owned = this.#owned.get(keyOf({ topic, partition }));
      if (owned === undefined) continue;
      const oldest = lowest.find((row) => row.topic === topic && row.partition === partition);
      commits.push({
        topic,
        partition,
        epoch: owned.epoch,
        offset: position,
        unsettled: oldest?.offset ?? position,
        note: "",
      });
    }
    if (commits.length === 0) return;
    try {
      await this.#reader.commit(commits);
      failpoint("intake.positions-committed");
    } catch (error) {
      if (!(error instanceof StaleEpochError)) throw error;
    }
  }

  pause(topic: string): void {
    this.#reader.pause(topic);
  }

  resume(topic: string): void {
    this.#reader.resume(topic);
  }

  end(topic: string, partition: number): number | undefined {
    return this.#ends.get(keyOf({ topic, partition }));
  }

  close(): Promise<void> {
    return this.#reader.close();
  }

  /** Every record that the log lost ends as a dead letter without bytes: its offset is what is left of it. */
  async #account({ topic, partition, from, to, error }: Damaged): Promise<void> {
    for (let next = from; next < to; ) {
      const arrivals: Arrival[] = [];
      for (; next < to && arrivals.length < LOST_AT_ONCE; next += 1) {
        const payload = new Uint8Array();
        arrivals.push({ offset: next, payload, poison: "undecodable", error: `the log lost this record: ${error}` });
      }
      this.#apply({ kind: "arrived", topic, partition, arrivals });
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  #take(batch: Batch): void {
    const { topic, partition, records } = batch;
    const facts = this.#raw.topics.get(topic);
    const arrivals =
      facts === undefined
        ? records.map(arrivalOf)
        : records.map((record) => rawArrival(facts, topic, partition, record, this.#raw.clock.now()));
    failpoint("intake.batch-read");
    this.#apply({ kind: "arrived", topic, partition, arrivals });
    failpoint("intake.batch-applied");
  }
}

function keyOf({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}\0${partition}`;
}

function arrivalOf(record: ReadRecord): Arrival {
  const { offset, value } = record;
  if (value.length > LARGEST_TAKEN_BYTES) {
    return {
      offset,
      payload: value,
      poison: "oversized",
      error: `${value.length} bytes; at most ${LARGEST_TAKEN_BYTES} are taken`,
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
