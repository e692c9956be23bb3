import { keyOf, type TopicPartition } from "../../../base/topic-partition.js";
import type { RebuiltPartition } from "../persisted.js";

/** Which records of a partition are read again although what became of them is not known here. */
interface PartitionReplay {
  /** Records below it were another journal's. */
  readonly takenOverUntil: number;
  /** Records below it are read again because the journal lost rows. */
  readonly rebuiltUntil: number;
  /** Offsets below `rebuiltUntil` that still have their row. */
  readonly kept: ReadonlySet<number>;
}

const NONE: PartitionReplay = { takenOverUntil: 0, rebuiltUntil: 0, kept: new Set() };

/** What is known of a record that was read. */
export type ReplayVerdict =
  /** It is read for the first time, as far as this journal is concerned. */
  | "first"
  /** It has its row. */
  | "kept"
  /** Another journal may have handed it out. */
  | "taken_over"
  /** Its row may have been lost. */
  | "store_corrupt";

/** Replay of partitions after a take-over or a loss of rows. */
export class Replays {
  readonly #byPartition = new Map<string, PartitionReplay>();

  recovered(rebuilt: readonly RebuiltPartition[]): void {
    for (const { topic, partition, until, kept } of rebuilt) {
      const replay = { takenOverUntil: 0, rebuiltUntil: until, kept: new Set(kept) };
      this.#byPartition.set(keyOf({ topic, partition }), replay);
    }
  }

  /** `end`: records from there on are new in any case. */
  assigned(partition: TopicPartition, takenOverUntil: number, end: number): void {
    const { rebuiltUntil, kept } = this.of(partition);
    this.#byPartition.set(keyOf(partition), { takenOverUntil, rebuiltUntil: Math.min(rebuiltUntil, end), kept });
  }

  /** The log lost its end: everything that it has now may have been handed out before. */
  lost(partition: TopicPartition, end: number): void {
    this.#byPartition.set(keyOf(partition), { takenOverUntil: 0, rebuiltUntil: end, kept: new Set() });
  }

  /** Whether rows of the partition were lost, and records from `position` on come in again. */
  replaysFrom(partition: TopicPartition, position: number): boolean {
    return position < this.of(partition).rebuiltUntil;
  }

  /** The partition has another log: none of its records was handed out before. */
  forget(partition: TopicPartition): void {
    this.#byPartition.delete(keyOf(partition));
  }

  of(partition: TopicPartition): PartitionReplay {
    return this.#byPartition.get(keyOf(partition)) ?? NONE;
  }
}

export function verdictOn(offset: number, { takenOverUntil, rebuiltUntil, kept }: PartitionReplay): ReplayVerdict {
  if (offset < rebuiltUntil) return kept.has(offset) ? "kept" : "store_corrupt";
  return offset < takenOverUntil ? "taken_over" : "first";
}
