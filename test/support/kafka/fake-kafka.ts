import { AssignerProtocol, type Broker, type Cluster, type PartitionMetadata } from "kafkajs";

/** An error as kafkajs makes it of an error of the protocol. */
export class ProtocolError extends Error {
  override readonly name = "KafkaJSProtocolError";
  readonly type: string;

  constructor(type: string) {
    super(`the server says ${type}`);
    this.type = type;
  }
}

class ConnectionError extends Error {
  override readonly name = "KafkaJSConnectionError";
}

/** A batch of the log: what is left of its records, and the last offset that it had. */
interface FakeBatch {
  readonly offsets: readonly number[];
  readonly last: number;
}

class FakePartition {
  leader = 1;
  first = 0;
  readonly batches: FakeBatch[] = [];
  /** What a fetch, a listing of offsets, a commit or an append is answered with. */
  error: string | undefined;
  committed: { offset: number; metadata: string } | undefined;
  /** Values that were appended. */
  readonly appended: string[] = [];

  get end(): number {
    return (this.batches.at(-1)?.last ?? this.first - 1) + 1;
  }
}

/** A cluster of kafkajs with what the reader and the sender ask of it, and one group of one member. */
export class FakeKafka {
  readonly topics = new Map<string, FakePartition[]>();
  /** Nodes that do not answer. */
  readonly down = new Set<number>();
  /** How many fetches were answered. */
  fetches = 0;
  #generation = 0;

  topic(name: string, partitions: number): FakePartition[] {
    const made = Array.from({ length: partitions }, () => new FakePartition());
    this.topics.set(name, made);
    return made;
  }

  /** As partial-answers.ts hands a cluster over: what failed carries its error. */
  cluster(): Cluster {
    const cluster = {
      connect: async () => {},
      disconnect: async () => {},
      refreshMetadata: async () => {},
      refreshMetadataIfNecessary: async () => {},
      addTargetTopic: async () => {},
      addMultipleTargetTopics: async () => {},
      findTopicPartitionMetadata: (topic: string): PartitionMetadata[] =>
        (this.topics.get(topic) ?? []).map(({ leader }, partitionId) => ({
          ...{ partitionId, leader, partitionErrorCode: leader < 0 ? 5 : 0 },
          ...{ replicas: [], isr: [] },
        })),
      findBroker: async ({ nodeId }: { readonly nodeId: string }) => this.#node(Number(nodeId)),
      findControllerBroker: async () => this.#node(1),
      findGroupCoordinator: async () => this.#node(1),
    };
    // The part of a cluster that the reader and the sender use.
    return cluster as unknown as Cluster;
  }

  #node(id: number): Broker {
    if (this.down.has(id)) throw new ConnectionError(`connect ECONNREFUSED of node ${id}`);
    const node = {
      metadata: async () => ({ clusterId: "fake" }),
      describeGroups: async () => ({ groups: [] }),
      leaveGroup: async () => ({}),
      heartbeat: async () => ({}),
      joinGroup: async () => {
        this.#generation += 1;
        return {
          ...{ generationId: this.#generation, groupProtocol: "taskwire", leaderId: "other", memberId: "me" },
          members: [],
        };
      },
      syncGroup: async () => {
        const assignment = Object.fromEntries([...this.topics].map(([topic, parts]) => [topic, [...parts.keys()]]));
        const encode = AssignerProtocol.MemberAssignment.encode;
        return { memberAssignment: encode({ version: 0, assignment, userData: Buffer.alloc(0) }) };
      },
      offsetFetch: async ({ topics }: Asked) =>
        this.#answers(topics, ({ committed }) => ({
          offset: String(committed?.offset ?? -1),
          metadata: committed?.metadata ?? "",
        })),
      offsetCommit: async ({ topics }: Asked) =>
        this.#answers(topics, (found, { offset, metadata = "" }) => {
          if (found.error === undefined) found.committed = { offset: Number(offset), metadata };
          return {};
        }),
      listOffsets: async ({ topics }: Asked) =>
        this.#answers(topics, ({ first, end }, { timestamp }) => ({ offset: String(timestamp === -2 ? first : end) })),
      fetch: async ({ topics, maxWaitTime }: Asked & { readonly maxWaitTime: number }) => {
        const answer = this.#answers(topics, fetched);
        const idle = answer.responses.every(({ partitions }) =>
          partitions.every(
            (each) => Reflect.get(each, "error") === undefined && Reflect.get(each, "behind") === undefined,
          ),
        );
        if (idle) await new Promise((resolve) => setTimeout(resolve, Math.min(maxWaitTime, 5)));
        this.fetches += 1;
        return { responses: answer.responses.map(({ topic, partitions }) => ({ topicName: topic, partitions })) };
      },
      produce: async ({ topicData }: { readonly topicData: Asked["topics"] }) => {
        const { responses } = this.#answers(topicData, (found, { messages = [] }) => {
          const base = found.end;
          if (found.error !== undefined) return {};
          for (const { value } of messages) {
            found.appended.push(Buffer.from(value).toString());
            found.batches.push({ offsets: [found.end], last: found.end });
          }
          return { baseOffset: String(base) };
        });
        return { topics: responses.map(({ topic, partitions }) => ({ topicName: topic, partitions })) };
      },
    };
    // As above.
    return node as unknown as Broker;
  }

  #answers(asked: Asked["topics"], answer: (found: FakePartition, asked: AskedPartition) => object) {
    return {
      responses: asked.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map((each) => {
          const found = this.topics.get(topic)?.[each.partition];
          const error = found === undefined ? "UNKNOWN_TOPIC_OR_PARTITION" : found.error;
          return {
            ...{ partition: each.partition, errorCode: error === undefined ? 0 : 1 },
            ...(error === undefined ? {} : { error: new ProtocolError(error) }),
            ...(found === undefined ? { offset: "-1" } : answer(found, each)),
          };
        }),
      })),
    };
  }
}

interface AskedPartition {
  readonly partition: number;
  readonly offset?: string;
  readonly metadata?: string;
  readonly timestamp?: number;
  readonly fetchOffset?: string;
  readonly messages?: readonly { readonly value: Uint8Array }[];
}

interface Asked {
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly AskedPartition[] }[];
}

/** The batches from the one on that contains the offset, or the first behind it. */
function fetched({ batches, end }: FakePartition, { fetchOffset }: AskedPartition): object {
  const from = Number(fetchOffset);
  const found = batches.filter(({ last }) => last >= from).slice(0, 1);
  const behind = found.at(-1)?.last;
  return {
    highWatermark: String(end),
    messages: found.flatMap(({ offsets }) =>
      offsets.map((offset) => ({
        ...{ offset: String(offset), key: null, value: Buffer.from(`record ${offset}`) },
        ...{ headers: {}, isControlRecord: false },
      })),
    ),
    ...(behind === undefined ? {} : { behind: behind + 1 }),
  };
}
