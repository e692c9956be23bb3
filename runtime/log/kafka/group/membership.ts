import { AssignerProtocol, type Broker, type Cluster } from "kafkajs";
import { Backoff, NO_JITTER } from "../../../base/backoff.js";
import { sleep } from "../../../base/sleep.js";
import { keyOf, type TopicPartition } from "../../../base/topic-partition.js";
import { COORDINATOR_AWAY, protocolType } from "../connection/errors.js";
import { type GroupBroker, groupBroker, type Joined } from "../connection/group-broker.js";
import { assign, type Candidate } from "./assignment.js";

/** How long a member may be silent before the group removes it, milliseconds. */
export const SESSION_MS = 45_000;
/** How long a rebalance waits for a member that finishes the events in hand, milliseconds. */
const REBALANCE_MS = 60_000;
const PROTOCOL = "taskwire";
const MOST_ATTEMPTS = 10;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2000;

/** The group has removed this member, or ended its generation. */
const FENCED = new Set(["UNKNOWN_MEMBER_ID", "ILLEGAL_GENERATION", "FENCED_INSTANCE_ID"]);

export interface Generation {
  readonly id: number;
  readonly memberId: string;
  readonly places: readonly TopicPartition[];
}

/** A position to store. */
export interface GroupPosition extends TopicPartition {
  readonly offset: number;
  readonly metadata: string;
}

/** The group has removed this member or ended its generation. */
export class FencedError extends Error {}

/**
 * One member of a consumer group: it joins, sends heartbeats, commits under its generation, and leaves. `clientId`: unique
 * in the group, except that a dead predecessor of this member has it, too.
 */
export class Membership {
  readonly #cluster: Cluster;
  readonly #group: string;
  readonly #topics: readonly string[];
  /** How long it may be silent before the group removes it, milliseconds. */
  readonly sessionMs: number;
  readonly #clientId: string;
  #memberId = "";
  #closed = false;

  constructor(cluster: Cluster, clientId: string, group: string, topics: readonly string[], sessionMs: number) {
    this.#cluster = cluster;
    this.#clientId = clientId;
    this.#group = group;
    this.#topics = topics;
    this.sessionMs = sessionMs;
  }

  /** Joins, or rejoins; waits for the other members. `held`: the partitions that it should keep if possible. */
  async join(held: readonly TopicPartition[]): Promise<Generation> {
    const metadata = AssignerProtocol.MemberMetadata.encode({
      version: 0,
      topics: [...this.#topics],
      userData: Buffer.from(JSON.stringify(held.map(({ topic, partition }) => [topic, partition]))),
    });
    return this.#retry(async (broker) => {
      // The group would wait for them until their session ends.
      if (this.#memberId === "") await this.#removeNamesakes(broker);
      try {
        const joined = await broker.joinGroup({
          groupId: this.#group,
          sessionTimeout: this.sessionMs,
          rebalanceTimeout: REBALANCE_MS,
          memberId: this.#memberId,
          groupProtocols: [{ name: PROTOCOL, metadata }],
        });
        this.#memberId = joined.memberId;
        const { memberAssignment } = await broker.syncGroup({
          groupId: this.#group,
          generationId: joined.generationId,
          memberId: joined.memberId,
          groupAssignment: joined.leaderId === joined.memberId ? await this.#assignment(joined) : [],
        });
        const given = AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment ?? {};
        return {
          id: joined.generationId,
          memberId: joined.memberId,
          places: Object.entries(given).flatMap(([topic, partitions]) =>
            this.#topics.includes(topic) ? partitions.map((partition) => ({ topic, partition })) : [],
          ),
        };
      } catch (error) {
        if (protocolType(error) === "UNKNOWN_MEMBER_ID") this.#memberId = "";
        throw error;
      }
    }, true);
  }

  /** "rebalance": the group waits for this member to rejoin. Rejects with FencedError. */
  async beat(generation: Generation): Promise<"stays" | "rebalance"> {
    const request = { groupId: this.#group, memberId: generation.memberId, groupGenerationId: generation.id };
    try {
      await this.#retry((broker) => broker.heartbeat(request));
      return "stays";
    } catch (error) {
      if (protocolType(error) === "REBALANCE_IN_PROGRESS") return "rebalance";
      throw error;
    }
  }

  /** Stores all positions or, with FencedError, none; returns those that their partitions do not accept. */
  async commit(
    generation: Generation,
    positions: readonly GroupPosition[],
  ): Promise<readonly (TopicPartition & { readonly error: unknown })[]> {
    const topics = [...new Set(positions.map(({ topic }) => topic))].map((topic) => ({
      topic,
      partitions: positions
        .filter((position) => position.topic === topic)
        .map(({ partition, offset, metadata }) => ({ partition, offset: String(offset), metadata })),
    }));
    const { id, memberId } = generation;
    try {
      const { responses } = await this.#retry((broker) =>
        broker.offsetCommit({ groupId: this.#group, memberId, groupGenerationId: id, topics }),
      );
      return responses.flatMap(({ topic, partitions }) =>
        partitions.flatMap(({ partition, error }) => (error === undefined ? [] : [{ topic, partition, error }])),
      );
    } catch (error) {
      // All other members have joined the next generation already.
      if (protocolType(error) === "REBALANCE_IN_PROGRESS") throw new FencedError(undefined, { cause: error });
      throw error;
    }
  }

  /** The positions that the group has stored. Places without a position are left out; some may fail. */
  async positions(
    places: readonly TopicPartition[],
  ): Promise<{ readonly stored: readonly GroupPosition[]; readonly failed: ReadonlyMap<string, unknown> }> {
    if (places.length === 0) return { stored: [], failed: new Map() };
    const topics = [...new Set(places.map(({ topic }) => topic))].map((topic) => ({
      topic,
      partitions: places.filter((place) => place.topic === topic).map(({ partition }) => ({ partition })),
    }));
    const { responses } = await this.#retry((broker) => broker.offsetFetch({ groupId: this.#group, topics }));
    const failed = new Map<string, unknown>();
    const stored: GroupPosition[] = [];
    for (const { topic, partitions } of responses) {
      for (const { partition, offset, metadata, error } of partitions) {
        if (error !== undefined) failed.set(keyOf({ topic, partition }), error);
        else if (Number(offset) >= 0)
          stored.push({ topic, partition, offset: Number(offset), metadata: metadata ?? "" });
      }
    }
    return { stored, failed };
  }

  /** Leaves the group, also when a join has no answer yet. */
  async leave(): Promise<void> {
    this.#memberId = "";
    await this.#removeNamesakes(await this.#coordinator());
  }

  /** Requests are not retried from now on. */
  close(): void {
    this.#closed = true;
  }

  async #removeNamesakes(coordinator: GroupBroker): Promise<void> {
    const { groups } = await coordinator.describeGroups({ groupIds: [this.#group] });
    for (const { memberId, clientId } of groups.flatMap(({ members }) => members)) {
      // The group may have removed it already.
      if (clientId === this.#clientId) await coordinator.leaveGroup({ groupId: this.#group, memberId }).catch(() => {});
    }
  }

  async #assignment(joined: Joined): Promise<{ memberId: string; memberAssignment: Buffer }[]> {
    await this.#cluster.refreshMetadata();
    const candidates = joined.members.map(candidateOf);
    const topics = [...new Set(candidates.flatMap((candidate) => candidate.topics))];
    await this.#cluster.addMultipleTargetTopics(topics);
    const places = topics.flatMap((topic) =>
      this.#cluster
        .findTopicPartitionMetadata(topic)
        .map(({ partitionId }) => ({ topic, partition: partitionId }))
        .sort((a, b) => a.partition - b.partition),
    );
    return [...assign(places, candidates)].map(([memberId, given]) => {
      const assignment: Record<string, number[]> = {};
      for (const { topic, partition } of given) assignment[topic] = [...(assignment[topic] ?? []), partition];
      const encode = AssignerProtocol.MemberAssignment.encode;
      return { memberId, memberAssignment: encode({ version: 0, assignment, userData: Buffer.alloc(0) }) };
    });
  }

  async #coordinator(): Promise<GroupBroker> {
    const broker: Broker = await this.#cluster.findGroupCoordinator({ groupId: this.#group });
    return groupBroker(broker);
  }

  /** Retries while the coordinator is not ready. `joining`: also when the generation has ended meanwhile. */
  async #retry<T>(work: (coordinator: GroupBroker) => Promise<T>, joining = false): Promise<T> {
    const backoff = new Backoff(FIRST_WAIT_MS, LONGEST_WAIT_MS, NO_JITTER);
    for (let attempts = 1; ; attempts += 1) {
      try {
        return await work(await this.#coordinator());
      } catch (error) {
        const type = protocolType(error);
        const again = joining && (FENCED.has(type) || type === "REBALANCE_IN_PROGRESS");
        if (!again && FENCED.has(type)) throw new FencedError(undefined, { cause: error });
        const away = type === "" ? isConnectionError(error) : COORDINATOR_AWAY.has(type);
        if (attempts >= MOST_ATTEMPTS || !(again || away) || this.#closed) throw error;
        await sleep(backoff.next());
        if (this.#closed) throw error;
      }
      await this.#cluster.refreshMetadata().catch(() => {});
    }
  }
}

function candidateOf({ memberId, memberMetadata }: Joined["members"][number]): Candidate {
  const metadata = AssignerProtocol.MemberMetadata.decode(memberMetadata);
  const held: TopicPartition[] = [];
  try {
    const pairs: unknown = JSON.parse(metadata?.userData.toString() ?? "[]");
    for (const pair of Array.isArray(pairs) ? pairs : []) {
      const [topic, partition]: unknown[] = Array.isArray(pair) ? pair : [];
      if (typeof topic === "string" && typeof partition === "number") held.push({ topic, partition });
    }
  } catch {
    // It keeps no partitions then.
  }
  return { member: memberId, topics: metadata?.topics ?? [], held };
}

function isConnectionError(error: unknown): boolean {
  return error instanceof Error && /^KafkaJS(Connection|RequestTimeout|BrokerNotFound)/.test(error.name);
}
