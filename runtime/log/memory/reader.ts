import { EventStream } from "../event-stream.js";
import { type Commit, type LogReader, type ReadEvent, StaleEpochError } from "../port.js";
import type { Holder, MemoryPartition } from "./partition.js";

const BATCH_RECORDS = 1000;

interface Cursor {
  readonly epoch: number;
  /** The next offset to hand out. */
  next: number;
}

/** One reader of the memory log. Batches are cut when they are asked for. */
export class MemoryReader implements LogReader, Holder {
  readonly group: string;
  readonly topics: readonly string[];
  readonly #logId: string;
  readonly #onClose: () => void;
  readonly #cursors = new Map<MemoryPartition, Cursor>();
  readonly #paused = new Set<string>();
  /** Assignments and revocations that the consumer has not asked for yet. */
  readonly #changes: ReadEvent[] = [];
  readonly #events: EventStream;
  #closed = false;

  constructor(logId: string, group: string, topics: readonly string[], onClose: () => void) {
    this.#logId = logId;
    this.group = group;
    this.topics = topics;
    this.#onClose = onClose;
    this.#events = new EventStream(
      () => this.#changes.shift() ?? this.#batch(),
      () => {},
      () => this.close(),
    );
  }

  own(partition: MemoryPartition, reread = false): void {
    if (this.#cursors.has(partition)) this.lose(partition);
    const { epoch, committed, takenOver, from } = partition.give(this, reread);
    this.#cursors.set(partition, { epoch, next: from });
    this.#changes.push({
      kind: "assigned",
      topic: partition.topic,
      partition: partition.partition,
      epoch,
      logId: this.#logId,
      first: partition.first,
      end: partition.end,
      committed,
      takenOver,
    });
    this.#events.wake();
  }

  wake(): void {
    this.#events.wake();
  }

  lose(partition: MemoryPartition): void {
    const cursor = this.#cursors.get(partition);
    if (cursor === undefined) return;
    this.#cursors.delete(partition);
    partition.release(this);
    const { topic, partition: number } = partition;
    this.#changes.push({ kind: "revoked", topic, partition: number });
    this.#events.wake();
  }

  async commit(commits: readonly Commit[]): Promise<void> {
    const owned = commits.map((commit) => {
      const partition = [...this.#cursors.keys()].find(
        ({ topic, partition }) => topic === commit.topic && partition === commit.partition,
      );
      if (partition === undefined || !partition.isOwned(this, commit.epoch)) {
        throw new StaleEpochError(commit.topic, commit.partition, commit.epoch);
      }
      return { partition, commit };
    });
    for (const { partition, commit } of owned) partition.commit(this.group, commit);
  }

  pause(topic: string): void {
    this.#paused.add(topic);
  }

  resume(topic: string): void {
    this.#paused.delete(topic);
    this.#events.wake();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const partition of this.#cursors.keys()) partition.release(this);
    this.#cursors.clear();
    this.#changes.length = 0;
    this.#events.end();
    this.#onClose();
  }

  [Symbol.asyncIterator](): AsyncIterator<ReadEvent> {
    return this.#events;
  }

  /** Partitions take turns: the one served goes to the end. */
  #batch(): ReadEvent | undefined {
    for (const [partition, cursor] of this.#cursors) {
      if (this.#paused.has(partition.topic) || cursor.next >= partition.end) continue;
      const records = partition.slice(cursor.next, BATCH_RECORDS);
      cursor.next += records.length;
      this.#cursors.delete(partition);
      this.#cursors.set(partition, cursor);
      const { topic, partition: number, end } = partition;
      return { kind: "batch", topic, partition: number, records, end };
    }
    return undefined;
  }
}
