import { nextRun } from "../activation/retry.js";
import type { Clock } from "../base/clock.js";
import { messageOf } from "../base/errors.js";
import type { Logger } from "../base/logger.js";
import type { Log, LogRecord } from "../log/port.js";
import type { TopicModel } from "../model/model.js";
import type { PublishAs } from "./inflight/events.js";
import type { Row } from "./inflight/row.js";

const BATCH_RECORDS = 256;
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 30_000;

const BATCH_BYTES = 8 * 1024 * 1024;

interface Target {
  readonly log: Log;
  readonly topic: string;
  readonly waiting: { readonly row: Row; readonly record: () => LogRecord }[];
  busy: boolean;
}

/** Appends next runs and dead letters; a row is settled only when the log has acknowledged its record. */
export class Publisher {
  readonly #topics: ReadonlyMap<string, { readonly log: Log; readonly topic: TopicModel }>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #published: (rows: readonly Row[]) => void;
  readonly #targets: Target[] = [];
  #closed = false;

  constructor(
    topics: ReadonlyMap<string, { readonly log: Log; readonly topic: TopicModel }>,
    clock: Clock,
    logger: Logger,
    published: (rows: readonly Row[]) => void,
  ) {
    this.#topics = topics;
    this.#clock = clock;
    this.#logger = logger;
    this.#published = published;
  }

  publish(as: PublishAs, row: Row): void {
    const source = this.#topics.get(row.facts.topic);
    if (source === undefined) {
      const { id, topic: from } = row.facts;
      this.#logger.error("cannot publish: the topic is not of this pool any more; the activation stays until it is", {
        id,
        topic: from,
        as,
      });
      return;
    }
    const topic = as === "retry" ? source.topic.retry : source.topic.deadLetter;
    let target = this.#targets.find((target) => target.log === source.log && target.topic === topic);
    if (target === undefined) {
      target = { log: source.log, topic, waiting: [], busy: false };
      this.#targets.push(target);
    }
    target.waiting.push({ row, record: as === "retry" ? () => this.#nextRun(row) : () => this.#deadLetter(row) });
    if (!target.busy) void this.#drain(target);
  }

  /** What is not published yet is published after the next start. */
  close(): void {
    this.#closed = true;
  }

  async #drain(target: Target): Promise<void> {
    target.busy = true;
    // Whatever the same event publishes joins the first batch.
    await Promise.resolve();
    for (let backoff = FIRST_BACKOFF_MS; target.waiting.length > 0 && !this.#closed; ) {
      const batch = target.waiting.slice(0, batchSize(target.waiting));
      try {
        await target.log.append(
          target.topic,
          batch.map(({ record }) => record()),
        );
      } catch (error) {
        if (this.#closed) break;
        this.#logger.warn("cannot publish; trying again", {
          topic: target.topic,
          waiting: target.waiting.length,
          error: messageOf(error),
        });
        const wait = backoff * (0.5 + Math.random() / 2);
        await new Promise<void>((resolve) => this.#clock.after(wait, resolve));
        backoff = Math.min(backoff * 2, LONGEST_BACKOFF_MS);
        continue;
      }
      backoff = FIRST_BACKOFF_MS;
      target.waiting.splice(0, batch.length);
      this.#published(batch.map(({ row }) => row));
    }
    target.busy = false;
  }

  #nextRun(row: Row): LogRecord {
    const { delay, maxAttempts } = row.ending ?? {};
    const next = nextRun(row.facts.payload, {
      now: this.#clock.now(),
      ...(delay === undefined ? {} : { delay }),
      ...(maxAttempts === undefined ? {} : { maxAttempts }),
    });
    return { key: next.id, value: next.bytes };
  }

  #deadLetter(row: Row): LogRecord {
    const { facts, ending } = row;
    return {
      key: facts.id,
      value: facts.payload,
      headers: {
        "taskwire-reason": ending?.reason ?? "reported",
        "taskwire-error": ending?.error ?? "",
        "taskwire-attempts": String(facts.attempts + 1),
        "taskwire-topic": facts.topic,
        "taskwire-partition": String(facts.partition),
        "taskwire-offset": String(facts.offset),
        "taskwire-at": new Date(this.#clock.now()).toISOString(),
      },
    };
  }
}

/** How many of the first belong into one append; at least one. */
function batchSize(waiting: Target["waiting"]): number {
  let bytes = 0;
  let count = 0;
  for (const { row } of waiting) {
    bytes += row.facts.payload.length;
    if (count === BATCH_RECORDS || (count > 0 && bytes > BATCH_BYTES)) break;
    count += 1;
  }
  return count;
}
