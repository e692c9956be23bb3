import { keyOf, type TopicPartition } from "../../base/topic-partition.js";
import type { CopiedRows } from "./persisted.js";
import type { Row } from "./row.js";

/**
 * Rows that an older copy of the in-flight file brought back: the log has shown that the file had a life after the copy. Kept
 * in the file, because rows that are delayed or parked are judged when they are loaded.
 */
export class Copied {
  #below = 0;
  #first = 0;
  readonly #settled = new Map<string, readonly [string, number, number]>();
  #changed = false;

  /** `first`: rows from this number on are new. */
  recovered(known: CopiedRows | undefined, first: number): void {
    this.#first = first;
    this.#below = known?.below ?? 0;
    for (const each of known?.settled ?? []) this.#settled.set(keyOf({ topic: each[0], partition: each[1] }), each);
  }

  /** The log knew a later life of the file, which had settled everything below the offset. */
  found({ topic, partition }: TopicPartition, settledBelow: number): void {
    this.#below = this.#first;
    this.#settled.set(keyOf({ topic, partition }), [topic, partition, settledBelow]);
    this.#changed = true;
  }

  /** "settled": it has ended. "uncertain": it may have been started, and may not run again. undefined: it runs. */
  verdict({ facts }: Row): "settled" | "uncertain" | undefined {
    if (facts.seq >= this.#below) return undefined;
    if (facts.offset < (this.#settled.get(keyOf(facts))?.[2] ?? 0)) return "settled";
    return facts.atMostOnce ? "uncertain" : undefined;
  }

  get changed(): boolean {
    return this.#changed;
  }

  /** All of it, when it changed since the last time. */
  takeChanged(): CopiedRows | undefined {
    if (!this.#changed) return undefined;
    this.#changed = false;
    return { below: this.#below, settled: [...this.#settled.values()] };
  }
}
