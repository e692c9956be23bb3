import type { Cluster } from "kafkajs";
import { keyOf } from "../../../base/topic-partition.js";
import { endsOf } from "../fetch/bounds.js";
import type { OwnedPartition } from "../fetch/owned-partition.js";
import type { ReaderPartitions } from "./partitions.js";
import type { UnreadablePartitions } from "./unreadable.js";

/** How long wanted records may wait while none arrive, milliseconds. */
const STALL_MS = 60_000;

/**
 * Finds stalled partitions: wanted records wait in them, none arrive, and no error explains it. At the first stall at an
 * offset the reader has to reconnect; when the partition stalls there again, it is unreadable.
 */
export class StallDetector {
  readonly #cluster: Cluster;
  readonly #partitions: ReaderPartitions;
  readonly #unreadable: UnreadablePartitions;
  readonly #stallMs: number;
  /** Offsets at which partitions stalled, by keyOf. */
  readonly #stalledAt = new Map<string, number>();

  /** `stallMs`: how long wanted records may wait, milliseconds; by default STALL_MS. */
  constructor(cluster: Cluster, partitions: ReaderPartitions, unreadable: UnreadablePartitions, stallMs = STALL_MS) {
    this.#cluster = cluster;
    this.#partitions = partitions;
    this.#unreadable = unreadable;
    this.#stallMs = stallMs;
  }

  isStalled(owned: OwnedPartition): boolean {
    return this.#stalledAt.has(keyOf(owned));
  }

  /** The partition has made progress. */
  progressed(owned: OwnedPartition): void {
    this.#stalledAt.delete(keyOf(owned));
  }

  /** Partitions that stall at an offset for the first time. Updates the ends of partitions that are not fetched. */
  async detect(): Promise<OwnedPartition[]> {
    const now = performance.now();
    const { late, resting } = this.#sort(now);
    if (late.length + resting.length === 0) return [];
    const { found } = await endsOf(this.#cluster, [...late, ...resting]);
    for (const owned of resting) owned.end = Math.max(owned.end, found.get(keyOf(owned)) ?? 0);
    const fresh: OwnedPartition[] = [];
    for (const owned of late) {
      if ((found.get(keyOf(owned)) ?? 0) <= owned.next) {
        owned.progressAt = now;
        continue;
      }
      const { topic, partition, next } = owned;
      if (this.#stalledAt.get(keyOf(owned)) !== next) fresh.push(owned);
      else {
        const message = `records of partition ${partition} of topic "${topic}" wait from offset ${next} on, but the cluster returns none`;
        this.#unreadable.set(owned, { code: "stalled", message });
      }
      this.#stalledAt.set(keyOf(owned), next);
    }
    return fresh;
  }

  /** Partitions that made no progress for too long, and those that are not fetched. */
  #sort(now: number): { readonly late: readonly OwnedPartition[]; readonly resting: readonly OwnedPartition[] } {
    const wanted = new Set(this.#partitions.wanted().wanted.map(keyOf));
    const late: OwnedPartition[] = [];
    const resting: OwnedPartition[] = [];
    for (const owned of this.#partitions.owned) {
      if (this.#unreadable.codeOf(owned) !== undefined && !this.isStalled(owned)) continue;
      if (!wanted.has(keyOf(owned))) {
        // The time in which its consumer wants no records does not count.
        owned.progressAt = now;
        resting.push(owned);
      } else if (now - owned.progressAt > this.#stallMs) late.push(owned);
    }
    return { late, resting };
  }
}
