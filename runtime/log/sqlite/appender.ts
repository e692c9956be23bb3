import type { Clock } from "../../base/clock.js";
import { LogClosedError, type LogRecord, type Position, RecordTooLargeError } from "../port.js";
import { sizeOf } from "../record-size.js";
import type { Channel } from "./channel.js";
import { type AppendAnswer, errorOf } from "./messages.js";
import { LARGEST_RECORD_BYTES, RecordWriter } from "./records.js";

/** A part takes no further call once it has reached one of these; one larger call makes a larger part. */
const PART_RECORDS = 4096;
const PART_BYTES = 1024 * 1024;
/** Approximate size of one message, which the thread commits at once. */
const MESSAGE_BYTES = 8 * 1024 * 1024;
/** One message that the thread works on and one that waits for it; further calls gather meanwhile and share chunks. */
const MESSAGES_UNDERWAY = 2;

interface Call {
  readonly count: number;
  readonly resolve: (positions: Position[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Calls of one topic; their records are written one after the other. */
class Part {
  readonly topic: string;
  /** A part with a unique key has one call. */
  readonly uniqueKey: string | undefined;
  readonly writer = new RecordWriter();
  readonly calls: Call[] = [];
  records = 0;

  constructor(topic: string, uniqueKey: string | undefined) {
    this.topic = topic;
    this.uniqueKey = uniqueKey;
  }

  get isFull(): boolean {
    return this.uniqueKey !== undefined || this.records >= PART_RECORDS || this.writer.length >= PART_BYTES;
  }
}

/** Gathers the append() calls of one turn of the event loop, and those made while the thread is busy, into messages. */
export class Appender {
  readonly #channel: Channel;
  readonly #clock: Clock;
  /** In order of their first call. */
  #waiting: Part[] = [];
  /** Waiting parts that take further calls, by topic. */
  readonly #open = new Map<string, Part>();
  #underway = 0;
  #closed = false;

  constructor(channel: Channel, clock: Clock) {
    this.#channel = channel;
    this.#clock = clock;
  }

  append(topic: string, records: readonly LogRecord[], uniqueKey: string | undefined): Promise<Position[]> {
    if (this.#closed) throw new LogClosedError();
    let size = 0;
    for (const record of records) {
      const bytes = sizeOf(record);
      if (bytes > LARGEST_RECORD_BYTES) throw new RecordTooLargeError(topic, bytes, LARGEST_RECORD_BYTES);
      size += bytes;
    }
    const part = (uniqueKey === undefined ? this.#open.get(topic) : undefined) ?? new Part(topic, uniqueKey);
    part.writer.reserve(records.length, size);
    // Copies: the caller may use its buffers again at once.
    for (const record of records) part.writer.add(record);
    part.records += records.length;
    if (part.calls.length === 0) {
      if (this.#waiting.length === 0) process.nextTick(() => this.#flush(MESSAGES_UNDERWAY));
      this.#waiting.push(part);
    }
    if (part.isFull) this.#open.delete(topic);
    else this.#open.set(topic, part);
    return new Promise((resolve, reject) => part.calls.push({ count: records.length, resolve, reject }));
  }

  /** Sends what waits; later calls are refused. */
  close(): void {
    this.#closed = true;
    this.#flush(Number.POSITIVE_INFINITY);
  }

  #flush(underway: number): void {
    while (this.#waiting.length > 0 && this.#underway < underway) {
      let bytes = 0;
      let count = 0;
      for (const { writer } of this.#waiting) {
        bytes += writer.length;
        if (count > 0 && bytes > MESSAGE_BYTES) break;
        count += 1;
      }
      const parts = this.#waiting.splice(0, count);
      for (const part of parts) if (this.#open.get(part.topic) === part) this.#open.delete(part.topic);
      void this.#send(parts);
    }
  }

  async #send(parts: readonly Part[]): Promise<void> {
    this.#underway += 1;
    const sent = parts.map(({ topic, uniqueKey, calls, writer }) => {
      return { topic, uniqueKey, counts: calls.map(({ count }) => count), records: writer.bytes() };
    });
    try {
      const answer = await this.#channel.request(
        { kind: "append", parts: sent, now: this.#clock.wall() },
        sent.map(({ records }) => records.buffer),
      );
      if (answer.kind === "appended") settle(parts, answer);
    } catch (error) {
      for (const { calls } of parts) for (const { reject } of calls) reject(error);
    }
    this.#underway -= 1;
    this.#flush(MESSAGES_UNDERWAY);
  }
}

function settle(parts: readonly Part[], { offsets, repeated, failures }: AppendAnswer): void {
  let index = 0;
  for (const { topic, calls } of parts) {
    for (const { count, resolve, reject } of calls) {
      const failed = failures.get(index);
      const stored = repeated.get(index) ?? topic;
      const first = offsets[index] ?? 0;
      index += 1;
      if (failed !== undefined) {
        reject(errorOf(failed));
        continue;
      }
      const positions: Position[] = [];
      for (let at = 0; at < count; at += 1) positions.push({ topic: stored, partition: 0, offset: first + at });
      resolve(positions);
    }
  }
}
