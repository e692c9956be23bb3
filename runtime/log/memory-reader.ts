import { EventQueue } from "./event-queue.js";
import type { Holder, MemoryPartition } from "./memory-partition.js";
import { type Commit, LogClosedError, type LogReader, type ReadEvent, StaleEpochError } from "./port.js";

const BATCH_RECORDS = 1000;

interface Cursor {
  readonly epoch: number;
  /** The next offset to queue. */
  next: number;
  /** The next offset to hand out. */
  taken: number;
  queued: boolean;
}

/** One reader of the memory log. */
export class MemoryReader implements LogReader, Holder {
  readonly group: string;
  readonly topics: readonly string[];
  readonly #logId: string;
  readonly #onClose: () => void;
  readonly #cursors = new Map<MemoryPartition, Cursor>();
  readonly #queue: EventQueue;
  #closed = false;

  constructor(logId: string, group: string, topics: readonly string[], onClose: () => void) {
    this.#logId = logId;
    this.group = group;
    this.topics = topics;
    this.#onClose = onClose;
    this.#queue = new EventQueue((batch) => {
      for (const [partition, cursor] of this.#cursors) {
        if (partition.topic !== batch.topic || partition.partition !== batch.partition) continue;
        cursor.taken = cursor.next;
        cursor.queued = false;
        this.wake(partition);
      }
    });
  }

  own(partition: MemoryPartition): void {
    if (this.#cursors.has(partition)) this.lose(partition);
    const { epoch, committed, note } = partition.give(this);
    const start = committed ?? 0;
    this.#cursors.set(partition, { epoch, next: start, taken: start, queued: false });
    this.#queue.push({
      kind: "assigned",
      topic: partition.topic,
      partition: partition.partition,
      epoch,
      logId: this.#logId,
      first: 0,
      end: partition.end,
      committed,
      note,
      takenOver: false,
    });
    this.wake(partition);
  }

  wake(partition: MemoryPartition): void {
    const cursor = this.#cursors.get(partition);
    if (cursor === undefined || cursor.queued || cursor.next >= partition.end) return;
    const records = partition.slice(cursor.next, BATCH_RECORDS);
    cursor.next += records.length;
    cursor.queued = true;
    const { topic, partition: number, end } = partition;
    this.#queue.push({ kind: "batch", topic, partition: number, epoch: cursor.epoch, records, end });
  }

  lose(partition: MemoryPartition): void {
    const cursor = this.#cursors.get(partition);
    if (cursor === undefined) return;
    this.#cursors.delete(partition);
    partition.release(this);
    const { topic, partition: number } = partition;
    this.#queue.push({ kind: "revoked", topic, partition: number, epoch: cursor.epoch });
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
    this.#queue.pause(topic);
  }

  resume(topic: string): void {
    this.#queue.resume(topic);
  }

  async lag(): Promise<ReadonlyMap<string, number>> {
    if (this.#closed) throw new LogClosedError();
    const lags = new Map(this.topics.map((topic) => [topic, 0]));
    for (const [{ topic, end }, { taken }] of this.#cursors) lags.set(topic, (lags.get(topic) ?? 0) + end - taken);
    return lags;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const partition of this.#cursors.keys()) partition.release(this);
    this.#cursors.clear();
    this.#queue.end();
    this.#onClose();
  }

  [Symbol.asyncIterator](): AsyncIterator<ReadEvent, undefined> {
    return {
      next: () => this.#queue.next(),
      return: async () => {
        await this.close();
        return { done: true, value: undefined };
      },
    };
  }
}
