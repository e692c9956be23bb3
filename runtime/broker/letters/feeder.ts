import { breathe } from "../../base/breathe.js";
import type { Clock } from "../../base/clock.js";
import { messageOf } from "../../base/errors.js";
import { type Browsed, NoPartitionError } from "../../log/port.js";
import type { LetterIndex } from "./index/letter-index.js";
import type { Progress } from "./index/partitions.js";
import { type Letter, letterOf } from "./records/letter.js";
import type { Source } from "./sources.js";

/** Records that are read at once. They are parsed in the thread of the index. */
const BATCH_RECORDS = 128;
/** An index of a topic that may be compacted is built again when it was not fed that long: markers may have vanished. */
const STALE_MS = 12 * 3_600_000;
const SCRUBBED = 256;

/** Reads a dead-letter topic into an index. */
export class Feeder {
  readonly source: Source;
  readonly #index: LetterIndex;
  readonly #clock: Clock;
  readonly #listeners = new Set<(roots: readonly string[]) => void>();
  /** By partition. */
  readonly #progress = new Map<number, Progress>();
  /** Why the topic could not be read at the last pass; undefined: it could. */
  #error: string | undefined;
  #unscrubbed: string | undefined;
  #resumed = false;
  #closed = false;
  #current: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(source: Source, index: LetterIndex, clock: Clock) {
    this.source = source;
    this.#index = index;
    this.#clock = clock;
  }

  /**
   * Resolves when every record that was in the topic at the call is in the index, or when the topic cannot be read: then
   * `error` says why. Rejects with LetterIndexError.
   */
  pass(): Promise<void> {
    if (this.#next !== undefined) return this.#next;
    const next = this.#current
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        this.#current = this.#pass();
        return this.#current;
      });
    this.#next = next;
    return next;
  }

  /** How far each partition is read; empty until the first of them was. */
  get progress(): readonly Progress[] {
    return [...this.#progress.values()];
  }

  get error(): string | undefined {
    return this.#error;
  }

  /** Why the bytes of purged letters are still in the log; the next pass tries again. undefined: they are not. */
  get unscrubbed(): string | undefined {
    return this.#unscrubbed;
  }

  /** Calls `listener` with the roots of the chains whose letters were fed; returns a function that ends that. */
  follow(listener: (roots: readonly string[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when nothing is read any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#next?.catch(() => {});
    await this.#current.catch(() => {});
  }

  async #pass(): Promise<void> {
    if (this.#closed) return;
    try {
      if (!this.#resumed) await this.#resume(this.source);
      this.#resumed = true;
      await this.#read(this.source);
      this.#error = undefined;
    } catch (error) {
      if (!(error instanceof LogProblem)) throw error;
      this.#error = messageOf(error.cause);
    }
  }

  /** Continues where the index is, unless it does not belong to the log as it is now: then it is built again. */
  async #resume({ name, topic, log, mayCompact }: Source): Promise<void> {
    const stored = (await this.#index.summary()).progress.filter((progress) => progress.topic === name);
    for (const { partition, next, fedAt } of stored) {
      const last = await this.#index.last(name, partition);
      const found = await reading(() => log.browse(topic, partition, last?.offset ?? next, 1)).catch(noPartition);
      if (found === undefined) {
        await this.#index.forget(name);
        return;
      }
      const same = last === undefined || last.offset < found.first || holds(name, partition, found, last);
      const old = mayCompact && this.#clock.wall() - fedAt > STALE_MS;
      if (same && !old && next <= found.end) continue;
      await this.#index.forget(name);
      return;
    }
    for (const progress of stored) this.#progress.set(progress.partition, progress);
  }

  async #read(source: Source): Promise<void> {
    const { topic, log } = source;
    for (const { partition, first, end } of await reading(() => log.partitions(topic))) {
      let known = this.#progress.get(partition);
      if (known !== undefined && known.next > end) {
        // The topic was deleted and made again.
        await this.#index.forget(source.name);
        this.#progress.clear();
        known = undefined;
      }
      let next = Math.max(known?.next ?? 0, first);
      // Where nothing is new there is nothing to write, except that the log deleted something.
      if (known !== undefined && next >= end && first === known.first && !this.#isOld(known)) continue;
      do {
        const found = await reading(() => log.browse(topic, partition, next, BATCH_RECORDS));
        // Records are made in one turn of the event loop, and packed for the index in another.
        await breathe();
        await this.#feed(source, partition, found);
        next = found.next;
      } while (next < end && !this.#closed);
    }
    if (log.scrub !== undefined) await this.#scrub(source);
  }

  /** Whether a position that did not change is written again, so that the index counts as fed. */
  #isOld({ fedAt }: Progress): boolean {
    return this.#clock.wall() - fedAt > STALE_MS / 12;
  }

  async #feed({ name, log }: Source, partition: number, { records, next, first, end }: Browsed): Promise<void> {
    const progress = { topic: name, partition, first, next, end, fedAt: Math.floor(this.#clock.wall()) };
    const roots = await this.#index.feed(records, progress, log.scrub !== undefined);
    this.#progress.set(partition, progress);
    if (roots.length > 0) for (const listener of this.#listeners) listener(roots);
  }

  /** Empties the bytes of purged letters, also of those that a kill left behind. */
  async #scrub({ name, topic, log }: Source): Promise<void> {
    for (;;) {
      const { letters, places } = await this.#index.unscrubbed(name, SCRUBBED);
      if (letters.length === 0) return;
      try {
        await log.scrub?.(topic, places);
      } catch (error) {
        this.#unscrubbed = messageOf(error);
        return;
      }
      this.#unscrubbed = undefined;
      await this.#index.scrubbed(letters);
    }
  }
}

/** An error of the log, not of the index. */
class LogProblem extends Error {}

async function reading<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    throw new LogProblem("the log cannot be read", { cause });
  }
}

/** undefined for an error that says that the topic has no such partition: it was made again with fewer. */
function noPartition(error: unknown): undefined {
  if (error instanceof LogProblem && error.cause instanceof NoPartitionError) return undefined;
  throw error;
}

/** Whether a letter's record is still the one that the index saw; a compacted topic may have deleted it. */
function holds(name: string, partition: number, { records }: Browsed, letter: Letter): boolean {
  const [record] = records;
  if (record === undefined || record.offset !== letter.offset) return true;
  return letterOf(name, partition, record, false)?.identity === letter.identity;
}
