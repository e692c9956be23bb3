import type { Clock } from "../../base/clock.js";
import { EventStream } from "../event-stream.js";
import {
  type Batch,
  type Commit,
  type Damaged,
  type LogReader,
  type ReadEvent,
  type ReadOptions,
  type ReadRecord,
  StaleEpochError,
} from "../port.js";
import type { Channel } from "./channel.js";
import { errorOf, type Notification, type StartedTopic } from "./messages.js";
import { readRecords } from "./records.js";

interface ReadTopic {
  readonly epoch: number;
  /** The next offset to hand out. */
  next: number;
  paused: boolean;
  /** At most one event is read ahead, and none while one is asked for. `next`: the offset after it. */
  ahead: { readonly event: Batch | Damaged; readonly next: number } | undefined;
  asked: boolean;
}

/** A reader of the embedded log: has the thread read one batch of each topic ahead of its consumer. */
export class SqliteReader implements LogReader {
  readonly #number: number;
  readonly #channel: Channel;
  readonly #clock: Clock;
  readonly #onClosed: () => void;
  readonly #topics = new Map<string, ReadTopic>();
  readonly #pausedEarly = new Set<string>();
  readonly #events: ReadEvent[] = [];
  readonly #stream: EventStream;
  readonly #started: Promise<void>;
  #closing: Promise<void> | undefined;

  constructor(
    number: number,
    channel: Channel,
    clock: Clock,
    topics: readonly string[],
    options: ReadOptions,
    onClosed: () => void,
  ) {
    this.#clock = clock;
    this.#number = number;
    this.#channel = channel;
    this.#onClosed = onClosed;
    this.#stream = new EventStream(
      () => this.#take(),
      (waiting) => (waiting ? channel.hold() : channel.release()),
      () => this.close(),
    );
    this.#started = this.#start(topics, options);
  }

  [Symbol.asyncIterator](): AsyncIterator<ReadEvent> {
    return this.#stream;
  }

  async commit(commits: readonly Commit[]): Promise<void> {
    const [first] = commits;
    if (first === undefined) return;
    if (this.#closing !== undefined) throw new StaleEpochError(first.topic, first.partition, first.epoch);
    await this.#channel.request({ kind: "commit", reader: this.#number, commits, now: this.#clock.wall() });
  }

  pause(topic: string): void {
    const read = this.#topics.get(topic);
    if (read === undefined) this.#pausedEarly.add(topic);
    else read.paused = true;
  }

  resume(topic: string): void {
    this.#pausedEarly.delete(topic);
    const read = this.#topics.get(topic);
    if (read === undefined || !read.paused) return;
    read.paused = false;
    this.#ask(topic, read);
    this.#stream.wake();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Takes a notification of the thread for this reader. */
  take(notification: Notification): void {
    if (this.#closing !== undefined) return;
    switch (notification.kind) {
      case "batch": {
        const read = this.#topics.get(notification.topic);
        if (read === undefined) return;
        read.asked = false;
        const { topic, end, next } = notification;
        const records = recordsOf(notification);
        read.ahead = { next, event: { kind: "batch", topic, partition: 0, records, end } };
        break;
      }
      case "damaged": {
        const read = this.#topics.get(notification.topic);
        if (read === undefined) return;
        read.asked = false;
        const { topic, from, to, error } = notification;
        read.ahead = { next: to, event: { kind: "damaged", topic, partition: 0, from, to, error } };
        break;
      }
      case "revoked": {
        const read = this.#topics.get(notification.topic);
        if (read === undefined) return;
        this.#topics.delete(notification.topic);
        this.#events.push({ kind: "revoked", topic: notification.topic, partition: 0 });
        break;
      }
      case "broken":
        this.fail(errorOf(notification.failure));
        return;
    }
    this.#stream.wake();
  }

  fail(error: unknown): void {
    this.#stream.fail(error);
  }

  async #start(topics: readonly string[], options: ReadOptions): Promise<void> {
    const { journal, takeOver = false, reread = false, lineage = [] } = options;
    try {
      const reader = this.#number;
      const answer = await this.#channel.request({ kind: "read", reader, topics, journal, takeOver, reread, lineage });
      if (answer.kind === "assigned") for (const started of answer.assigned) this.#own(started);
      this.#stream.wake();
    } catch (error) {
      this.fail(error);
    }
  }

  #own({ assigned, from }: StartedTopic): void {
    const { topic, epoch } = assigned;
    const read = { epoch, next: from, paused: this.#pausedEarly.has(topic), ahead: undefined, asked: false };
    this.#topics.set(topic, read);
    this.#events.push(assigned);
    this.#ask(topic, read);
  }

  #take(): ReadEvent | undefined {
    const event = this.#events.shift();
    if (event !== undefined) return event;
    for (const [topic, read] of this.#topics) {
      const { ahead } = read;
      if (ahead === undefined || read.paused) continue;
      read.ahead = undefined;
      read.next = ahead.next;
      // Topics take turns.
      this.#topics.delete(topic);
      this.#topics.set(topic, read);
      this.#ask(topic, read);
      return ahead.event;
    }
    return undefined;
  }

  #ask(topic: string, read: ReadTopic): void {
    if (read.paused || read.asked || read.ahead !== undefined || this.#closing !== undefined) return;
    read.asked = true;
    this.#channel.post({ kind: "want", reader: this.#number, topic });
  }

  async #close(): Promise<void> {
    this.#stream.end();
    await this.#started;
    await this.#channel.request({ kind: "leave", reader: this.#number });
    this.#onClosed();
  }
}

function recordsOf({ from, pieces }: Extract<Notification, { readonly kind: "batch" }>): ReadRecord[] {
  const records: ReadRecord[] = [];
  for (const piece of pieces) readRecords(piece, from + records.length, records);
  return records;
}
