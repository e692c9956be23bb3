import { Backoff, NO_JITTER } from "../../../base/backoff.js";
import type { ReadRecord } from "../../port.js";

/** How much is read ahead of one partition, bytes, plus up to one answer. */
const AHEAD_BYTES = 512 * 1024;
const BATCH_RECORDS = 256;
const BATCH_BYTES = 1024 * 1024;
const FIRST_REFUSAL_MS = 100;
const LONGEST_REFUSAL_MS = 2000;

/** A partition under one epoch, and the records that are read ahead. */
export class OwnedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
  readonly topicId: string;
  /** From here on this journal has read everything. */
  readonly since: number;
  /** Position up to which records are read again. */
  rereadUntil: number | undefined;
  /** The offset that the next appended record gets, as far as known. */
  end: number;
  /** The next offset to fetch. */
  next: number;
  /** When records last came, or the end was reached; performance.now(). */
  progressAt: number;
  /** It is not fetched before this time; performance.now(). */
  retryAt = 0;
  /** Waits after refused fetches; an answered one resets it. */
  readonly backoff = new Backoff(FIRST_REFUSAL_MS, LONGEST_REFUSAL_MS, NO_JITTER);
  /** The offset up to which the consumer knows the partition. */
  delivered: number;
  #ahead: ReadRecord[] = [];
  #head = 0;
  #bytes = 0;

  constructor(
    place: { readonly topic: string; readonly partition: number },
    epoch: number,
    topicId: string,
    from: {
      readonly next: number;
      readonly since: number;
      readonly end: number;
      readonly rereadUntil: number | undefined;
    },
    now: number,
  ) {
    this.topic = place.topic;
    this.partition = place.partition;
    this.epoch = epoch;
    this.topicId = topicId;
    this.next = from.next;
    this.delivered = from.next;
    this.since = from.since;
    this.end = from.end;
    this.rereadUntil = from.rereadUntil;
    this.progressAt = now;
  }

  get isFull(): boolean {
    return this.#bytes >= AHEAD_BYTES;
  }

  get isEmpty(): boolean {
    return this.#head === this.#ahead.length;
  }

  /** Whether there is a batch for the consumer: records, or a gap up to a further offset. */
  get hasNews(): boolean {
    return !this.isEmpty || this.next > this.delivered;
  }

  /** The next offset to hand out. */
  get position(): number {
    return this.#ahead[this.#head]?.offset ?? this.next;
  }

  add(records: readonly ReadRecord[]): void {
    if (this.isEmpty) this.#reset();
    for (const record of records) {
      this.#ahead.push(record);
      this.#bytes += record.value.length;
    }
  }

  /** The next batch; empty for a gap, or when there is none. Moves `delivered` to its end. */
  take(): ReadRecord[] {
    let bytes = 0;
    let to = this.#head;
    for (; to < this.#ahead.length && to - this.#head < BATCH_RECORDS; to += 1) {
      bytes += this.#ahead[to]?.value.length ?? 0;
      if (bytes > BATCH_BYTES && to > this.#head) {
        bytes -= this.#ahead[to]?.value.length ?? 0;
        break;
      }
    }
    const taken = this.#ahead.slice(this.#head, to);
    this.#head = to;
    this.#bytes -= bytes;
    if (this.isEmpty) this.#reset();
    this.delivered = this.position;
    return taken;
  }

  #reset(): void {
    this.#ahead = [];
    this.#head = 0;
    this.#bytes = 0;
  }
}
