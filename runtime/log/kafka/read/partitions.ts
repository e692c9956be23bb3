import { keyOf, type TopicPartition } from "../../../base/topic-partition.js";
import type { Batch } from "../../port.js";
import type { Wanted } from "../fetch/fetcher.js";
import type { OwnedPartition } from "../fetch/owned-partition.js";
import type { Generation } from "../group/membership.js";

/** The partitions of a reader in its group: waiting, because they cannot be read yet; owned; or given away. */
export class ReaderPartitions {
  /** The generation under which positions are stored; undefined between two generations. */
  generation: Generation | undefined;
  /** Cannot be read yet. */
  readonly #waiting = new Map<string, TopicPartition>();
  readonly #owned = new Map<string, OwnedPartition>();
  /** Given away; their positions may still be stored. */
  readonly #leaving = new Map<string, OwnedPartition>();
  /** Topics that the consumer wants no records of. */
  readonly #paused = new Set<string>();
  #epoch = 0;

  get waiting(): readonly TopicPartition[] {
    return [...this.#waiting.values()];
  }

  get owned(): IterableIterator<OwnedPartition> {
    return this.#owned.values();
  }

  pause(topic: string): void {
    this.#paused.add(topic);
  }

  resume(topic: string): void {
    this.#paused.delete(topic);
  }

  /** A new epoch for partitions of the generation. */
  nextEpoch(generation: Generation): number {
    this.#epoch = Math.max(generation.id, this.#epoch + 1);
    return this.#epoch;
  }

  own(partition: OwnedPartition): void {
    this.#waiting.delete(keyOf(partition));
    this.#owned.set(keyOf(partition), partition);
  }

  /** Keeps a partition until it can be read. */
  wait(place: TopicPartition): void {
    this.#waiting.set(keyOf(place), place);
  }

  find(place: TopicPartition): OwnedPartition | undefined {
    return this.#owned.get(keyOf(place));
  }

  isWaiting(place: TopicPartition): boolean {
    return this.#waiting.has(keyOf(place));
  }

  /** A partition whose position this reader may store. */
  committable(place: TopicPartition): OwnedPartition | undefined {
    return this.#owned.get(keyOf(place)) ?? this.#leaving.get(keyOf(place));
  }

  /** Gives away the owned partitions and drops the waiting ones. Returns the former. */
  release(): OwnedPartition[] {
    const released = [...this.#owned.values()];
    for (const partition of released) this.#leaving.set(keyOf(partition), partition);
    this.#owned.clear();
    this.#waiting.clear();
    return released;
  }

  /** Forgets and returns the partitions that were given away; their positions cannot be stored any more. */
  forgetReleased(): OwnedPartition[] {
    const released = [...this.#leaving.values()];
    this.#leaving.clear();
    return released;
  }

  /** The partitions to fetch now, and whether there are others, which are not wanted at the moment. */
  wanted(): { readonly wanted: Wanted[]; readonly others: boolean } {
    const wanted: Wanted[] = [];
    let others = false;
    const now = performance.now();
    for (const { topic, partition, next, isFull, retryAt } of this.#owned.values()) {
      if (this.#paused.has(topic) || isFull) others = true;
      else if (retryAt <= now) wanted.push({ topic, partition, next });
    }
    return { wanted, others };
  }

  /** The next batch. Partitions take turns: the one served goes to the end. */
  nextBatch(): Batch | undefined {
    for (const [key, owned] of this.#owned) {
      const { topic, partition, end } = owned;
      if (!owned.hasNews || this.#paused.has(topic)) continue;
      const records = owned.take();
      this.#owned.delete(key);
      this.#owned.set(key, owned);
      return { kind: "batch", topic, partition, records, next: owned.delivered, end };
    }
    return undefined;
  }
}
