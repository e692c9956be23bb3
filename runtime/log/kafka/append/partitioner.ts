import { Partitioners, type PartitionMetadata } from "kafkajs";
import type { Message } from "../connection/append-batch.js";

/**
 * Records with a key go where Java's default partitioner puts them, whether that partition has a leader or not. Those
 * without fill one partition a batch: the turn of their topic.
 */
export class Partitioner {
  readonly #turns = new Map<string, number>();
  readonly #keyed = Partitioners.DefaultPartitioner();

  /** The next batch of the topic begins: its records without a key go to the next partition. */
  begin(topic: string): void {
    // Many short-lived producers must not all begin with the first.
    this.#turns.set(topic, (this.#turns.get(topic) ?? Math.floor(Math.random() * 1024)) + 1);
  }

  keyed(topic: string, message: Message, partitions: readonly PartitionMetadata[]): number {
    return this.#keyed({ topic, message, partitionMetadata: [...partitions] });
  }

  /** One of the partitions that can be written to; undefined when there are none. */
  free(topic: string, usable: readonly number[]): number | undefined {
    return usable[(this.#turns.get(topic) ?? 0) % usable.length];
  }
}
