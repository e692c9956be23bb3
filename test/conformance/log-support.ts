import type { Clock } from "#runtime/base/clock.js";
import type { Assigned, Batch, LogReader, ReadEvent, ReadRecord } from "#runtime/log/port.js";

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  #now = Date.UTC(2026, 0, 1);

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.now();
  }

  after(): () => void {
    return () => {};
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }
}

export const text = (record: { readonly value: Uint8Array }): string => Buffer.from(record.value).toString();

export function records(...values: readonly string[]): { value: Buffer }[] {
  return values.map((value) => ({ value: Buffer.from(value) }));
}

export function numbered(count: number, from = 0): { value: Buffer }[] {
  return Array.from({ length: count }, (_, index) => ({ value: Buffer.from(String(from + index)) }));
}

/** One reader's events, asked for by kind. */
export class ReaderProbe {
  readonly reader: LogReader;
  readonly #iterator: AsyncIterator<ReadEvent>;
  #pending: Promise<IteratorResult<ReadEvent>> | undefined;

  constructor(reader: LogReader) {
    this.reader = reader;
    this.#iterator = reader[Symbol.asyncIterator]();
  }

  next(): Promise<IteratorResult<ReadEvent>> {
    const next = this.#pending ?? this.#iterator.next();
    this.#pending = undefined;
    return next;
  }

  async event(): Promise<ReadEvent> {
    const { done, value } = await this.next();
    if (done === true) throw new Error("the reader ended");
    return value;
  }

  async assigned(): Promise<Assigned> {
    const event = await this.event();
    if (event.kind !== "assigned") throw new Error(`expected assigned, got ${event.kind}`);
    return event;
  }

  async batch(): Promise<Batch> {
    const event = await this.event();
    if (event.kind !== "batch") throw new Error(`expected a batch, got ${event.kind}`);
    return event;
  }

  /** The next records, as many as asked for, whatever their batches. */
  async take(count: number): Promise<ReadRecord[]> {
    const taken: ReadRecord[] = [];
    while (taken.length < count) taken.push(...(await this.batch()).records);
    return taken;
  }

  /** Asks for an event ahead; says whether one came before everything that was under way had been worked off. */
  async isQuiet(flushed: () => Promise<unknown>): Promise<boolean> {
    this.#pending ??= this.#iterator.next();
    let came = false;
    this.#pending.then(() => {
      came = true;
    });
    await flushed();
    await new Promise((resolve) => setImmediate(resolve));
    return !came;
  }
}
