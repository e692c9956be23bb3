import { Partitioners, type PartitionMetadata } from "kafkajs";
import type { Message } from "../connection/append-batch.js";

/**
 * Chooses partitions as the default partitioner of the Java client does: by the key, also when that partition has no leader.
 * All records of a batch without a key go to one partition; partitions of a topic take turns.
 */
export class Partitioner {
  readonly #turns = new Map<string, number>();
  readonly #keyed = Partitioners.DefaultPartitioner();

  /** Begins a batch of the topic: its records without a key go to the next partition. */
  begin(topic: string): void {
    // Short-lived producers must not all begin with the first partition.
    this.#turns.set(topic, (this.#turns.get(topic) ?? Math.floor(Math.random() * 1024)) + 1);
  }

  keyed(topic: string, message: Message, partitions: readonly PartitionMetadata[]): number {
    return this.#keyed({ topic, message, partitionMetadata: [...partitions] });
  }

  /** The partition of records without a key, one of the usable ones; undefined when there are none. */
  free(topic: string, usable: readonly number[]): number | undefined {
    return usable[(this.#turns.get(topic) ?? 0) % usable.length];
  }
}
