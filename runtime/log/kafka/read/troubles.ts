import { messageOf } from "../../../base/errors.js";
import type { TopicPartition } from "../../../base/topic-partition.js";
import type { Unreadable } from "../../port.js";
import { protocolType } from "../connection/errors.js";

type Why = Pick<Unreadable, "code" | "message">;

/** A partition, or all of a topic that would be read here. */
type Spot = { readonly topic: string; readonly partition: number | undefined };

interface Trouble extends Why {
  readonly place: Spot;
  readonly since: number;
}

/** What of a reader's partitions cannot be read at the moment, and why. */
export class Troubles {
  readonly #troubles = new Map<string, Trouble>();
  readonly #said: (place: Spot, why: Why) => void;

  /** `said` hears of a trouble that is new. */
  constructor(said: (place: Spot, why: Why) => void) {
    this.#said = said;
  }

  get size(): number {
    return this.#troubles.size;
  }

  codeOf(place: Spot): Unreadable["code"] | undefined {
    return this.#troubles.get(keyOf(place))?.code;
  }

  set({ topic, partition }: Spot, why: Why): void {
    const place = { topic, partition };
    const before = this.#troubles.get(keyOf(place));
    const since = before?.since ?? performance.now();
    this.#troubles.set(keyOf(place), { place, since, ...why });
    if (before?.code !== why.code) this.#said(place, why);
  }

  clear(place: Spot): void {
    if (this.#troubles.size > 0) this.#troubles.delete(keyOf(place));
  }

  /** Forgets partitions that are no longer this reader's. */
  keep(isKept: (place: Spot) => boolean): void {
    for (const [key, { place }] of this.#troubles) if (!isKept(place)) this.#troubles.delete(key);
  }

  list(): Unreadable[] {
    const now = performance.now();
    return [...this.#troubles.values()].map(({ place, since, code, message }) => ({
      ...place,
      code,
      message,
      forMs: Math.round(now - since),
    }));
  }
}

/** The answer of a partition that cannot be read, in words. */
export function whyOf({ topic, partition }: TopicPartition, error: unknown): Why {
  const place = `partition ${partition} of topic "${topic}"`;
  const says = messageOf(error);
  switch (protocolType(error)) {
    case "UNKNOWN_TOPIC_OR_PARTITION":
    case "INVALID_TOPIC_EXCEPTION":
      return { code: "topic_missing", message: `${place} does not exist on the cluster; was the topic deleted?` };
    case "LEADER_NOT_AVAILABLE":
    case "NOT_LEADER_FOR_PARTITION":
    case "FENCED_LEADER_EPOCH":
    case "UNKNOWN_LEADER_EPOCH":
    case "REPLICA_NOT_AVAILABLE":
    case "OFFSET_NOT_AVAILABLE":
      return noLeader({ topic, partition });
    case "TOPIC_AUTHORIZATION_FAILED":
      return { code: "forbidden", message: `the cluster does not allow this login to read ${place}: ${says}` };
    case "":
      break;
    default:
      return { code: "refused", message: `the cluster refuses to give ${place}: ${says}` };
  }
  if (error instanceof Error && /^KafkaJS(Connection|RequestTimeout|BrokerNotFound|NoBroker|Lock)/.test(error.name))
    return { code: "unreachable", message: `the Kafka broker that leads ${place} does not answer: ${says}` };
  return { code: "undecodable", message: `what the cluster gives of ${place} cannot be read: ${says}` };
}

export function noLeader({ topic, partition }: TopicPartition): Why {
  return {
    code: "no_leader",
    message: `partition ${partition} of topic "${topic}" has no leader: no Kafka broker that holds a copy of it is up`,
  };
}

export function noTopic(topic: string, error: unknown): Why {
  return protocolType(error) === "TOPIC_AUTHORIZATION_FAILED"
    ? { code: "forbidden", message: `the cluster does not allow this login to read topic "${topic}"` }
    : {
        code: "topic_missing",
        message: `topic "${topic}" does not exist on the cluster (any more): ${messageOf(error)}`,
      };
}

function keyOf({ topic, partition }: Spot): string {
  return `${topic}\0${partition ?? "*"}`;
}
