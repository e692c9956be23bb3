import { randomUUID } from "node:crypto";
import { type Clock, systemClock } from "../../base/clock.js";
import { mostRecords, withinLimits } from "../browse-limits.js";
import {
  type AppendOptions,
  type Browsed,
  type Log,
  LogClosedError,
  type LogRecord,
  NoPartitionError,
  type PartitionBounds,
  type Place,
  type Position,
  type ReadOptions,
  RecordTooLargeError,
} from "../port.js";
import { sizeOf } from "../record-size.js";
import { UNIQUE_KEY_MS, UniqueKeyError } from "../unique-keys.js";
import { MemoryPartition } from "./partition.js";
import { MemoryReader } from "./reader.js";

export interface MemoryLog extends Log {
  trim(topic: string, before: number): Promise<void>;
  scrub(topic: string, places: readonly Place[]): Promise<void>;
  readonly logId: string;
  /** Takes the partition away from every reader that owns it; its epoch is stale at once. */
  revoke(topic: string, partition: number): void;
  /** Gives the partition to the newest open reader of each group that reads the topic, under the next epoch. */
  assign(topic: string, partition: number): void;
}

interface MemoryLogOptions {
  /** Partitions per topic, default 1. */
  readonly partitions?: Readonly<Record<string, number>>;
  readonly clock?: Clock;
  /** Largest record in bytes of key, headers and value, as a Kafka topic has one. Default: none. */
  readonly maxRecordBytes?: number;
}

/**
 * A log in the memory of this process, for development and tests. As on Kafka, a topic may be read by any journal: the
 * newest reader of a consumer group gets the partitions of its topics. Each append goes to one partition; partitions take
 * turns. Nothing is trimmed unless asked for.
 */
export function memoryLog(options: MemoryLogOptions = {}): MemoryLog {
  return new InMemoryLog(options);
}

class InMemoryLog implements MemoryLog {
  readonly logId = randomUUID();
  readonly #partitionCounts: Readonly<Record<string, number>>;
  readonly #clock: Clock;
  readonly #maxRecordBytes: number;
  readonly #topics = new Map<string, MemoryPartition[]>();
  readonly #turns = new Map<string, number>();
  readonly #uniqueKeys = new Map<string, { readonly position: Position; readonly until: number }>();
  readonly #readers: MemoryReader[] = [];
  readonly #everRead = new Set<string>();
  #closed = false;

  constructor(options: MemoryLogOptions) {
    this.#partitionCounts = options.partitions ?? {};
    this.#clock = options.clock ?? systemClock();
    this.#maxRecordBytes = options.maxRecordBytes ?? Number.POSITIVE_INFINITY;
  }

  async append(topic: string, records: readonly LogRecord[], options: AppendOptions = {}): Promise<Position[]> {
    if (this.#closed) throw new LogClosedError();
    for (const record of records) {
      const bytes = sizeOf(record);
      if (bytes > this.#maxRecordBytes) throw new RecordTooLargeError(topic, bytes, this.#maxRecordBytes);
    }
    const { uniqueKey } = options;
    if (uniqueKey !== undefined) {
      if (records.length !== 1) throw new UniqueKeyError(records.length);
      const now = this.#clock.wall();
      // Insertion order is order of expiry.
      for (const [key, { until }] of this.#uniqueKeys) {
        if (until > now) break;
        this.#uniqueKeys.delete(key);
      }
      const first = this.#uniqueKeys.get(uniqueKey);
      if (first !== undefined) return [first.position];
    }
    const partition = this.#partition(topic, options.partition ?? this.#turn(topic));
    const appended = partition.append(records, this.#clock.wall());
    const positions = appended.map((offset) => ({ topic, partition: partition.partition, offset }));
    const [only] = positions;
    if (uniqueKey !== undefined && only !== undefined) {
      this.#uniqueKeys.set(uniqueKey, { position: only, until: this.#clock.wall() + UNIQUE_KEY_MS });
    }
    return positions;
  }

  read(topics: readonly string[], options: Pick<ReadOptions, "group" | "reread">): MemoryReader {
    if (this.#closed) throw new LogClosedError();
    const reader = new MemoryReader(this.logId, options.group, topics, () => {
      const index = this.#readers.indexOf(reader);
      if (index >= 0) this.#readers.splice(index, 1);
    });
    this.#readers.push(reader);
    for (const topic of topics) {
      this.#everRead.add(topic);
      for (const partition of this.#partitionsOf(topic)) reader.own(partition, options.reread);
    }
    return reader;
  }

  async everRead(topic: string): Promise<boolean> {
    if (this.#closed) throw new LogClosedError();
    return this.#everRead.has(topic);
  }

  async partitions(topic: string): Promise<PartitionBounds[]> {
    if (this.#closed) throw new LogClosedError();
    return this.#partitionsOf(topic).map(({ partition, first, end }) => ({ partition, first, end }));
  }

  async browse(topic: string, partition: number, from: number, limit: number): Promise<Browsed> {
    if (this.#closed) throw new LogClosedError();
    const found = this.#partition(topic, partition);
    const { first, end } = found;
    const start = Math.min(Math.max(from, first), end);
    const records = withinLimits(found.slice(start, mostRecords(limit)), limit);
    return { records, next: start + records.length, first, end };
  }

  async trim(topic: string, before: number): Promise<void> {
    if (this.#closed) throw new LogClosedError();
    for (const partition of this.#partitionsOf(topic)) partition.trim(before);
  }

  async scrub(topic: string, places: readonly Place[]): Promise<void> {
    if (this.#closed) throw new LogClosedError();
    for (const { partition, offset } of places) this.#partition(topic, partition).scrub(offset);
  }

  revoke(topic: string, partition: number): void {
    const found = this.#partition(topic, partition);
    for (const holder of found.holders()) holder.lose(found);
  }

  assign(topic: string, partition: number): void {
    const found = this.#partition(topic, partition);
    const served = new Set<string>();
    for (const reader of [...this.#readers].reverse()) {
      if (!reader.topics.includes(topic) || served.has(reader.group)) continue;
      served.add(reader.group);
      reader.own(found);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const reader of [...this.#readers]) await reader.close();
  }

  /** The partition that takes the next append. */
  #turn(topic: string): number {
    const turn = this.#turns.get(topic) ?? 0;
    this.#turns.set(topic, (turn + 1) % this.#partitionsOf(topic).length);
    return turn;
  }

  #partition(topic: string, partition: number): MemoryPartition {
    const partitions = this.#partitionsOf(topic);
    const found = partitions[partition];
    if (found === undefined) throw new NoPartitionError(topic, partition, partitions.length);
    return found;
  }

  #partitionsOf(topic: string): readonly MemoryPartition[] {
    const known = this.#topics.get(topic);
    if (known !== undefined) return known;
    const count = this.#partitionCounts[topic] ?? 1;
    const partitions = Array.from({ length: count }, (_, partition) => new MemoryPartition(topic, partition));
    this.#topics.set(topic, partitions);
    return partitions;
  }
}
