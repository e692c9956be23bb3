import type { Clock } from "../../base/clock.js";
import { messageOf } from "../../base/errors.js";
import type { Logger } from "../../base/logger.js";
import type { Log } from "../../log/port.js";
import { deadLetterTopics } from "../../model/dead-letter-topics.js";
import type { EnvironmentModel, TopicModel } from "../../model/model.js";

/** The first pass comes soon after the start, when the broker is ready; then one every ten minutes. Milliseconds. */
const FIRST_MS = 5000;
const PERIOD_MS = 600_000;

interface Kept {
  readonly topic: string;
  /** Milliseconds. */
  readonly retention: number;
  readonly trim: (before: number) => Promise<void>;
}

/**
 * Deletes dead letters that are older than the schema keeps them, on logs without a retention of their own. Every broker
 * does so for the topics of its pool.
 */
export class DeadLetterRetention {
  readonly #kept: readonly Kept[];
  readonly #clock: Clock;
  readonly #logger: Logger;
  #cancel: (() => void) | undefined;
  #pass: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(
    environment: EnvironmentModel,
    topics: ReadonlyMap<string, { readonly log: Log; readonly topic: TopicModel }>,
    clock: Clock,
    logger: Logger,
  ) {
    this.#kept = keptTopics(environment, [...topics.values()]);
    this.#clock = clock;
    this.#logger = logger;
    if (this.#kept.length > 0) this.#cancel = clock.after(FIRST_MS, () => this.#run());
  }

  /** Resolves when the pass under way has ended. */
  close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    return this.#pass;
  }

  #run(): void {
    this.#pass = this.#trim().then(() => {
      if (!this.#closed) this.#cancel = this.#clock.after(PERIOD_MS, () => this.#run());
    });
  }

  async #trim(): Promise<void> {
    for (const { topic, retention, trim } of this.#kept) {
      if (this.#closed) return;
      try {
        await trim(this.#clock.wall() - retention);
      } catch (error) {
        this.#logger.warn("cannot delete old dead letters; the next attempt comes in ten minutes", {
          topic,
          error: messageOf(error),
        });
      }
    }
  }
}

function keptTopics(
  environment: EnvironmentModel,
  topics: readonly { readonly log: Log; readonly topic: TopicModel }[],
): Kept[] {
  return deadLetterTopics(environment).flatMap(({ name, cluster, retention }) => {
    const { log } = topics.find(({ topic }) => topic.cluster === cluster && topic.deadLetter === name) ?? {};
    if (log?.trim === undefined || retention === undefined) return [];
    return [{ topic: name, retention, trim: async (before: number) => log.trim?.(name, before) }];
  });
}
