import { Backoff } from "../../base/backoff.js";
import type { Clock } from "../../base/clock.js";
import { messageOf } from "../../base/errors.js";
import { failpoint } from "../../base/failpoint.js";
import type { Logger } from "../../base/logger.js";
import { type Log, type LogRecord, RecordTooLargeError } from "../../log/port.js";
import type { Row } from "../inflight/live-row.js";
import { type Publication, recordOf } from "./records.js";

const BATCH_RECORDS = 256;
const BATCH_BYTES = 8 * 1024 * 1024;
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 30_000;

/** Where records go. */
export interface Destination {
  readonly log: Log;
  readonly topic: string;
}

export interface PublishEvents {
  /** The log did not take records for the topic; they are retried. */
  failed(topic: string): void;
  published(rows: readonly Row[]): void;
  /** The row can never be published: the log refuses its record, or no record can be made of it. */
  refused(row: Row, error: string): void;
  /** An error that the log did not cause: it ends the broker. */
  broken(error: unknown): void;
}

/** A topic whose log does not take retries, dead letters or forwarded records. */
export interface PublishProblem {
  readonly topic: string;
  /** Number of records. */
  readonly waiting: number;
  /** When the first append since the last success failed, milliseconds. */
  readonly since: number;
  readonly error: string;
}

/** What waits for one destination, in order, and the loop that appends it. */
export class PublishQueue {
  readonly destination: Destination;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #events: PublishEvents;
  readonly #waiting: Publication[] = [];
  readonly #backoff = new Backoff(FIRST_BACKOFF_MS, LONGEST_BACKOFF_MS);
  #draining = false;
  #closed = false;
  /** Since when the log has refused its records, milliseconds; undefined while it takes them. */
  #failingSince: number | undefined;
  #error = "";

  constructor(destination: Destination, clock: Clock, logger: Logger, events: PublishEvents) {
    this.destination = destination;
    this.#clock = clock;
    this.#logger = logger;
    this.#events = events;
  }

  push(publication: Publication): void {
    this.#waiting.push(publication);
    if (!this.#draining) this.#drain().catch((error: unknown) => this.#events.broken(error));
  }

  /** undefined while the log takes its records. */
  get problem(): PublishProblem | undefined {
    if (this.#failingSince === undefined) return undefined;
    const { topic } = this.destination;
    return { topic, waiting: this.#waiting.length, since: this.#failingSince, error: this.#error };
  }

  close(): void {
    this.#closed = true;
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    // Whatever else the same event publishes joins the first batch.
    await Promise.resolve();
    this.#backoff.reset();
    let alone = false;
    while (this.#waiting.length > 0 && !this.#closed) {
      const batch = this.#waiting.slice(0, alone ? 1 : batchSize(this.#waiting));
      const records = this.#records(batch);
      if (records === undefined) continue;
      for (const { as } of batch) if (as !== "forward") failpoint(`publish.${as}-before`);
      const failure = await this.#append(records);
      if (failure === undefined) {
        for (const { as } of batch) if (as !== "forward") failpoint(`publish.${as}-after`);
        this.#waiting.splice(0, batch.length);
        this.#failingSince = undefined;
        this.#backoff.reset();
        alone = false;
        this.#events.published(batch.map(({ row }) => row));
      } else if (this.#closed) {
        break;
      } else if (failure.error instanceof RecordTooLargeError) {
        // One by one: only the record that is too large is refused.
        if (batch.length === 1) this.#refuse(0, failure.error);
        alone = true;
      } else {
        await this.#failed(failure.error);
      }
    }
    this.#draining = false;
  }

  /** undefined: one of the batch cannot become a record and has left the queue. */
  #records(batch: readonly Publication[]): LogRecord[] | undefined {
    const records: LogRecord[] = [];
    for (const publication of batch) {
      try {
        records.push(recordOf(publication, this.#clock.wall()));
      } catch (error) {
        this.#refuse(records.length, error);
        return undefined;
      }
    }
    return records;
  }

  /** What the log threw; undefined: it has the records. */
  async #append(records: readonly LogRecord[]): Promise<{ readonly error: unknown } | undefined> {
    try {
      await this.destination.log.append(this.destination.topic, records);
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  #refuse(at: number, error: unknown): void {
    const [refused] = this.#waiting.splice(at, 1);
    if (refused !== undefined) this.#events.refused(refused.row, messageOf(error));
  }

  async #failed(error: unknown): Promise<void> {
    this.#failingSince ??= this.#clock.now();
    this.#error = messageOf(error);
    const { topic } = this.destination;
    this.#events.failed(topic);
    const wait = this.#backoff.next();
    this.#logger.warn("cannot publish; retrying", { topic, waiting: this.#waiting.length, error: this.#error });
    await new Promise<void>((resolve) => this.#clock.after(wait, resolve));
  }
}

/** How many of the first publications make up one append; at least one. */
function batchSize(waiting: readonly Publication[]): number {
  let bytes = 0;
  let count = 0;
  for (const { row } of waiting) {
    bytes += row.facts.payload.length;
    if (count === BATCH_RECORDS || (count > 0 && bytes > BATCH_BYTES)) break;
    count += 1;
  }
  return count;
}
