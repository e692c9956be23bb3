import type { Clock } from "../../base/clock.js";
import { messageOf } from "../../base/errors.js";
import type { Logger } from "../../base/logger.js";
import { OperationError } from "../../operations/errors.js";
import type { LettersStatus } from "../../operations/status/document.js";
import { Feeder } from "./feeder.js";
import { LetterIndex, LetterIndexError } from "./index/letter-index.js";
import type { IndexLimits } from "./index/limits.js";
import { type NextDeletion, nextDeletion } from "./next-deletion.js";
import type { Source } from "./sources.js";

/** The index is at most this far behind the log. */
const POLL_MS = 1000;
/** The index is closed when nobody asked for letters that long. */
const IDLE_MS = 15 * 60_000;
/** How often the next deletion is looked for while the index is open. */
const LOOK_MS = 10_000;

/** An open index, and what feeds it: one feeder for each dead-letter topic. */
export interface OpenLetters {
  readonly index: LetterIndex;
  readonly feeders: readonly Feeder[];
}

interface LettersOptions {
  /** Path of the index. */
  readonly file: string;
  readonly sources: readonly Source[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: IndexLimits | undefined;
}

/** The dead letters of a pool. Their index is opened when somebody asks, and closed 15 minutes after the last question. */
export class Letters {
  readonly sources: readonly Source[];
  readonly #options: LettersOptions;
  #open: Promise<OpenLetters> | undefined;
  #users = 0;
  #usedAt = 0;
  #cancelPoll: () => void = () => {};
  #closing: Promise<void> = Promise.resolve();
  #closed = false;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #next: NextDeletion | undefined;

  constructor(options: LettersOptions) {
    this.sources = options.sources;
    this.#options = options;
  }

  /** For the status; null: the index is not open, or no topic of the pool ever deletes a letter. */
  get status(): LettersStatus | null {
    if (this.#next === undefined) return null;
    const { open, first } = this.#next;
    if (first === undefined) return { open, deletedNext: null };
    const { place, task, at } = first;
    return { open, deletedNext: { place, task, in: Math.round(at - this.#options.clock.wall()) } };
  }

  /** Whether the index is open. */
  get active(): boolean {
    return this.#open !== undefined;
  }

  /**
   * Runs `ask` with the index. An index that turns out to be damaged is built again, and `ask` runs once more. Rejects with
   * OperationError `letters_unavailable` when there can be no index.
   */
  async use<T>(ask: (letters: OpenLetters) => Promise<T>): Promise<T> {
    this.#users += 1;
    try {
      const opened = this.#opened();
      try {
        return await ask(await opened);
      } catch (error) {
        if (!(error instanceof LetterIndexError && error.stale) || this.#closed) throw error;
        await this.#shut(opened, error);
        return await ask(await this.#opened());
      }
    } catch (error) {
      if (!(error instanceof LetterIndexError)) throw error;
      throw new OperationError("unavailable", "letters_unavailable", messageOf(error), { cause: error });
    } finally {
      this.#users -= 1;
      this.#usedAt = this.#options.clock.now();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#open !== undefined) await this.#shut(this.#open);
    await this.#closing;
  }

  #opened(): Promise<OpenLetters> {
    if (this.#closed) throw new OperationError("unavailable", "letters_unavailable", "the broker stops");
    if (this.#open !== undefined) return this.#open;
    const opened = this.#start();
    this.#open = opened;
    opened.then(
      () => this.#poll(opened),
      () => {
        if (this.#open === opened) this.#open = undefined;
      },
    );
    return opened;
  }

  async #start(): Promise<OpenLetters> {
    await this.#closing;
    const { file, sources, clock, limits } = this.#options;
    const index = await LetterIndex.open(file, limits);
    this.#usedAt = clock.now();
    return { index, feeders: sources.map((source) => new Feeder(source, index, clock)) };
  }

  /** Reads what is new once a second while the index is open. */
  #poll(opened: Promise<OpenLetters>): void {
    if (this.#open !== opened) return;
    this.#cancelPoll = this.#options.clock.after(POLL_MS, () => {
      const idle = this.#users === 0 && this.#options.clock.now() - this.#usedAt >= IDLE_MS;
      if (idle) void this.#shut(opened);
      else {
        opened
          .then(async (open) => {
            await Promise.all(open.feeders.map((feeder) => feeder.pass()));
            await this.#look(open);
          })
          .then(
            () => this.#poll(opened),
            (error: unknown) => void this.#shut(opened, error),
          );
      }
    });
  }

  async #look(open: OpenLetters): Promise<void> {
    const now = this.#options.clock.now();
    if (now - this.#lookedAt < LOOK_MS || this.sources.every(({ retention }) => retention === undefined)) return;
    this.#lookedAt = now;
    this.#next = await nextDeletion(open.index, this.sources, this.#options.clock.wall());
  }

  /** Closes this index; the next question opens another. `failure`: why. */
  async #shut(opened: Promise<OpenLetters>, failure?: unknown): Promise<void> {
    if (this.#open !== opened) return;
    this.#open = undefined;
    this.#next = undefined;
    this.#lookedAt = Number.NEGATIVE_INFINITY;
    this.#cancelPoll();
    if (failure !== undefined && !this.#closed) {
      const error = messageOf(failure);
      this.#options.logger.warn("the index of dead letters failed; it is opened or built again", { error });
    }
    this.#closing = this.#closing.then(async () => {
      const { feeders, index } = await opened;
      await Promise.all(feeders.map((feeder) => feeder.close()));
      await index.close();
    });
    await this.#closing;
  }
}
