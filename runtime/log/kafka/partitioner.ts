import { type ICustomPartitioner, type Message, type PartitionerArgs, Partitioners } from "kafkajs";

/**
 * Records with a key go where Java's default partitioner puts them. Those without fill one partition a batch: the turn of
 * their topic, which is the caller's to move. Remembers where each record of a batch went, until it is asked.
 */
export class Partitioner {
  readonly #turns = new Map<string, number>();
  readonly #placed = new Map<string, Map<Message, number>>();
  readonly #keyed = Partitioners.DefaultPartitioner();

  readonly create: ICustomPartitioner = () => (args) => {
    const partition = this.#partition(args);
    this.#placed.get(args.topic)?.set(args.message, partition);
    return partition;
  };

  /** A batch of the topic begins; tries of the same batch go to the same place. */
  begin(topic: string): void {
    // Many short-lived producers must not all begin with the first.
    this.#turns.set(topic, (this.#turns.get(topic) ?? Math.floor(Math.random() * 1024)) + 1);
    this.#placed.set(topic, new Map());
  }

  placed(topic: string): ReadonlyMap<Message, number> {
    return this.#placed.get(topic) ?? new Map();
  }

  #partition(args: PartitionerArgs): number {
    const { topic, partitionMetadata, message } = args;
    if (message.key !== null && message.key !== undefined) return this.#keyed(args);
    const led = partitionMetadata.filter(({ leader }) => leader >= 0).sort((a, b) => a.partitionId - b.partitionId);
    const candidates = led.length > 0 ? led : partitionMetadata;
    return candidates[(this.#turns.get(topic) ?? 0) % candidates.length]?.partitionId ?? 0;
  }
}
