import { nextRun } from "../../activation/retry.js";
import type { Clock } from "../../base/clock.js";
import { messageOf } from "../../base/errors.js";
import { failpoint } from "../../base/failpoint.js";
import type { Logger } from "../../base/logger.js";
import { type Log, type LogRecord, RecordTooLargeError } from "../../log/port.js";
import type { TopicModel } from "../../model/model.js";
import type { PublishAs } from "../inflight/events.js";
import type { Row } from "../inflight/row.js";
import { deadLetter } from "./dead-letter.js";

const BATCH_RECORDS = 256;
const BATCH_BYTES = 8 * 1024 * 1024;
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 30_000;

/** Where records go. */
export interface Destination {
  readonly log: Log;
  readonly topic: string;
}

interface Publication {
  readonly as: PublishAs;
  readonly row: Row;
}

interface Target extends Destination {
  readonly waiting: Publication[];
  busy: boolean;
  /** Since when the log has refused its records, milliseconds; undefined while it takes them. */
  failingSince: number | undefined;
  error: string;
}

export interface PublisherEvents {
  /** The log did not take records for the topic; they are tried again. */
  failed(topic: string): void;
  published(rows: readonly Row[]): void;
  /** This one can never be published: the log refuses it, or no record can be made of it. */
  refused(row: Row, error: string): void;
  /** What is no error of the log: it ends the broker. */
  broken(error: unknown): void;
}

/** A topic that takes no records at the moment. */
export interface PublishProblem {
  readonly topic: string;
  readonly waiting: number;
  readonly since: number;
  readonly error: string;
}

/** Appends next runs, dead letters and forwarded activations; a row is settled when the log has acknowledged its record. */
export class Publisher {
  readonly #topics: ReadonlyMap<string, { readonly log: Log; readonly topic: TopicModel }>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #events: PublisherEvents;
  readonly #targets: Target[] = [];
  /** Where forwarded activations go; they wait while there is no such place. */
  #demotedTo: Destination | undefined;
  readonly #homeless: Publication[] = [];
  #closed = false;

  constructor(
    topics: ReadonlyMap<string, { readonly log: Log; readonly topic: TopicModel }>,
    clock: Clock,
    logger: Logger,
    events: PublisherEvents,
  ) {
    this.#topics = topics;
    this.#clock = clock;
    this.#logger = logger;
    this.#events = events;
  }

  publish(as: PublishAs, row: Row): void {
    const publication = { as, row };
    const to = as === "forward" ? this.#demotedTo : this.#destination(as, row);
    if (to !== undefined) this.#send(to, publication);
    else if (as === "forward") this.#homeless.push(publication);
    else {
      const { id, topic } = row.facts;
      const message = "cannot publish: the topic is not of this pool any more; the activation stays until it is";
      this.#logger.error(message, { id, topic, as });
    }
  }

  /** Names where forwarded activations go from now on. */
  demoteTo(destination: Destination | undefined): void {
    this.#demotedTo = destination;
    if (destination === undefined) return;
    for (const publication of this.#homeless.splice(0)) this.#send(destination, publication);
  }

  get problems(): PublishProblem[] {
    return this.#targets.flatMap(({ topic, waiting, failingSince, error }) =>
      failingSince === undefined ? [] : [{ topic, waiting: waiting.length, since: failingSince, error }],
    );
  }

  /** What is not published yet is published after the next start. */
  close(): void {
    this.#closed = true;
  }

  #destination(as: "retry" | "deadletter", row: Row): Destination | undefined {
    const source = this.#topics.get(row.facts.topic);
    if (source === undefined) return undefined;
    return { log: source.log, topic: as === "retry" ? source.topic.retry : source.topic.deadLetter };
  }

  #send({ log, topic }: Destination, publication: Publication): void {
    let target = this.#targets.find((target) => target.log === log && target.topic === topic);
    if (target === undefined) {
      target = { log, topic, waiting: [], busy: false, failingSince: undefined, error: "" };
      this.#targets.push(target);
    }
    target.waiting.push(publication);
    if (!target.busy) this.#drain(target).catch((error: unknown) => this.#events.broken(error));
  }

  async #drain(target: Target): Promise<void> {
    target.busy = true;
    // Whatever the same event publishes joins the first batch.
    await Promise.resolve();
    let backoff = FIRST_BACKOFF_MS;
    let alone = false;
    while (target.waiting.length > 0 && !this.#closed) {
      const batch = target.waiting.slice(0, alone ? 1 : batchSize(target.waiting));
      const records = this.#records(target, batch);
      if (records === undefined) continue;
      for (const { as } of batch) if (as !== "forward") failpoint(`publish.${as}-before`);
      const trouble = await this.#append(target, records);
      if (trouble === undefined) {
        for (const { as } of batch) if (as !== "forward") failpoint(`publish.${as}-after`);
        target.waiting.splice(0, batch.length);
        target.failingSince = undefined;
        backoff = FIRST_BACKOFF_MS;
        alone = false;
        this.#events.published(batch.map(({ row }) => row));
      } else if (this.#closed) {
        break;
      } else if (trouble.error instanceof RecordTooLargeError) {
        // One by one: only the large one is refused.
        if (batch.length === 1) this.#refuse(target, 0, trouble.error);
        alone = true;
      } else {
        await this.#failed(target, trouble.error, backoff);
        backoff = Math.min(backoff * 2, LONGEST_BACKOFF_MS);
      }
    }
    target.busy = false;
  }

  /** undefined: one of the batch cannot become a record, and has left the queue. */
  #records(target: Target, batch: readonly Publication[]): LogRecord[] | undefined {
    const records: LogRecord[] = [];
    for (const publication of batch) {
      try {
        records.push(this.#record(publication));
      } catch (error) {
        this.#refuse(target, records.length, error);
        return undefined;
      }
    }
    return records;
  }

  /** What the log threw; undefined: it has the records. */
  async #append({ log, topic }: Target, records: readonly LogRecord[]): Promise<{ error: unknown } | undefined> {
    try {
      await log.append(topic, records);
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  #refuse(target: Target, at: number, error: unknown): void {
    const [refused] = target.waiting.splice(at, 1);
    if (refused !== undefined) this.#events.refused(refused.row, messageOf(error));
  }

  async #failed(target: Target, error: unknown, backoff: number): Promise<void> {
    target.failingSince ??= this.#clock.now();
    target.error = messageOf(error);
    const { topic, waiting } = target;
    this.#events.failed(topic);
    this.#logger.warn("cannot publish; trying again", { topic, waiting: waiting.length, error: target.error });
    const wait = backoff * (0.5 + Math.random() / 2);
    await new Promise<void>((resolve) => this.#clock.after(wait, resolve));
  }

  #record({ as, row }: Publication): LogRecord {
    switch (as) {
      case "deadletter":
        return deadLetter(row, this.#clock.wall());
      case "forward":
        return { key: row.facts.id, value: row.facts.payload };
      case "retry": {
        const { delay, maxAttempts } = row.ending ?? {};
        const next = nextRun(row.facts.payload, {
          now: this.#clock.wall(),
          ...(delay === undefined ? {} : { delay }),
          ...(maxAttempts === undefined ? {} : { maxAttempts }),
        });
        return { key: next.key, value: next.bytes };
      }
    }
  }
}

/** How many of the first belong into one append; at least one. */
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
