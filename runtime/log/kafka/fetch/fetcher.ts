import type { Cluster } from "kafkajs";
import { keyOf, type TopicPartition } from "../../../base/topic-partition.js";
import { type FetchedPartition, groupBroker } from "../connection/group-broker.js";
import { byLeader } from "./bounds.js";

/** How long Kafka holds a fetch that finds nothing, milliseconds. */
const WAIT_MS = 500;
/** The same while partitions are left out of the fetch: they may be wanted at any moment. */
const SHORT_WAIT_MS = 25;
const PARTITION_BYTES = 1024 * 1024;
const FETCH_BYTES = 8 * 1024 * 1024;
const READ_COMMITTED = 1;

export interface Wanted extends TopicPartition {
  /** The offset to fetch from. */
  readonly next: number;
}

interface FetcherEvents {
  /** The partitions to fetch now, and whether there are others, which are not wanted at the moment. */
  wanted(): { readonly wanted: readonly Wanted[]; readonly others: boolean };
  fetched(wanted: Wanted, partition: FetchedPartition): void;
  /** One partition could not be fetched. It is fetched again when `wanted` returns it. */
  refused(wanted: Wanted, error: unknown): void;
}

/** Keeps one fetch under way for each node that leads wanted partitions. */
export class Fetcher {
  readonly #cluster: Cluster;
  readonly #events: FetcherEvents;
  readonly #busy = new Set<string>();
  #stopped = false;

  constructor(cluster: Cluster, events: FetcherEvents) {
    this.#cluster = cluster;
    this.#events = events;
  }

  /** Starts fetches: the wanted partitions may have changed. */
  pump(): void {
    if (this.#stopped) return;
    const { wanted, others } = this.#events.wanted();
    if (wanted.length === 0) return;
    for (const [leader, led] of byLeader(this.#cluster, wanted)) {
      if (this.#busy.has(leader)) continue;
      this.#busy.add(leader);
      const keys = new Set(led.map(keyOf));
      const asked = wanted.filter((each) => keys.has(keyOf(each)));
      void this.#fetch(leader, asked, others).then(() => {
        this.#busy.delete(leader);
        this.pump();
      });
    }
  }

  /** Answers that are under way are dropped. */
  stop(): void {
    this.#stopped = true;
  }

  async #fetch(leader: string, wanted: readonly Wanted[], others: boolean): Promise<void> {
    try {
      const broker = groupBroker(await this.#cluster.findBroker({ nodeId: leader }));
      const topics = [...new Set(wanted.map(({ topic }) => topic))];
      const { responses } = await broker.fetch({
        maxWaitTime: others ? SHORT_WAIT_MS : WAIT_MS,
        minBytes: 1,
        maxBytes: FETCH_BYTES,
        isolationLevel: READ_COMMITTED,
        topics: topics.map((topic) => ({
          topic,
          partitions: wanted
            .filter((each) => each.topic === topic)
            .map(({ partition, next }) => ({ partition, fetchOffset: String(next), maxBytes: PARTITION_BYTES })),
        })),
      });
      if (this.#stopped) return;
      let refused = false;
      for (const { topicName, partitions } of responses) {
        for (const fetched of partitions) {
          const asked = wanted.find(({ topic, partition }) => topic === topicName && partition === fetched.partition);
          if (asked === undefined) continue;
          if (fetched.error === undefined) this.#events.fetched(asked, fetched);
          else this.#events.refused(asked, fetched.error);
          refused ||= fetched.error !== undefined;
        }
      }
      // Another node may lead the partition by now.
      if (refused && !this.#stopped) await this.#cluster.refreshMetadata().catch(() => {});
    } catch (error) {
      if (this.#stopped) return;
      for (const asked of wanted) this.#events.refused(asked, error);
      await this.#cluster.refreshMetadata().catch(() => {});
    }
  }
}
