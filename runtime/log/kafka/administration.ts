import kafkajs, { type Admin, type Kafka } from "kafkajs";
import { Backoff, NO_JITTER } from "../../base/backoff.js";
import { messageOf, TaskwireError } from "../../base/errors.js";
import { sleep } from "../../base/sleep.js";
import {
  type ClusterNames,
  COORDINATOR_AWAY,
  causesOf,
  kafkaError,
  protocolType,
  TopicMissingError,
} from "./connection/errors.js";
import { coordinatorError } from "./connection/partial-answers.js";
import type { Sockets } from "./connection/sockets.js";
import type { NeededTopic } from "./needed-topics.js";
import type { TopicSettings } from "./topic-differences.js";

const LIMIT = "max.message.bytes";
const RETENTION = "retention.ms";
const POLICY = "cleanup.policy";
/** Kafka's default of max.message.bytes, for logins that may not read the topic's setting. */
const DEFAULT_LIMIT_BYTES = 1_048_588;
/** How long new topics may take to get leaders, milliseconds. */
const LED_MS = 30_000;
const LED_POLL_MS = 100;
/**
 * How long a group's coordinator may take to be ready, milliseconds: the first use of any group creates the topic in which
 * the cluster stores positions, and a coordinator loads its part of it.
 */
const COORDINATED_MS = 15_000;
const COORDINATED_FIRST_WAIT_MS = 100;
const COORDINATED_LONGEST_WAIT_MS = 1000;
/** Errors of a node that does not know a new topic yet. */
const NOT_YET = new Set(["UNKNOWN_TOPIC_OR_PARTITION", "LEADER_NOT_AVAILABLE"]);

/** Lookups and changes of a cluster's topics and groups. Connects on first use; the process lives while one is under way. */
export class Administration {
  readonly #kafka: Kafka;
  readonly #sockets: Pick<Sockets, "during">;
  readonly #names: ClusterNames;
  readonly #limits = new Map<string, Promise<number>>();
  #connected: Promise<Admin> | undefined;

  /** `sockets`: those of `kafka`. */
  constructor(kafka: Kafka, sockets: Pick<Sockets, "during">, names: ClusterNames) {
    this.#kafka = kafka;
    this.#sockets = sockets;
    this.#names = names;
  }

  /** max.message.bytes of a topic, from the first lookup or, with `anew`, as it is now. Rejects with TopicMissingError. */
  limitOf(topic: string, anew = false): Promise<number> {
    const known = anew ? undefined : this.#limits.get(topic);
    if (known !== undefined) return known;
    const limit = this.#limit(topic);
    this.#limits.set(topic, limit);
    limit.catch(() => this.#limits.delete(topic));
    return limit;
  }

  /** Whether a broker of the group ever stored a position in the topic. */
  async everRead(topic: string, group: string): Promise<boolean> {
    if (group === "") return false;
    return this.#ask(`look up group ${group}`, async (admin) => {
      const [found] = await this.#coordinated(() => admin.fetchOffsets({ groupId: group, topics: [topic] }));
      return found?.partitions.some(({ offset }) => Number(offset) >= 0) === true;
    });
  }

  /** The number of partitions of each topic; undefined for one that does not exist. */
  async partitionsOf(topics: readonly string[]): Promise<Map<string, number | undefined>> {
    return this.#ask("list topics", async (admin) => {
      const existing = new Set(await admin.listTopics());
      const known = topics.filter((topic) => existing.has(topic));
      const { topics: found } = known.length === 0 ? { topics: [] } : await admin.fetchTopicMetadata({ topics: known });
      const counts = new Map(found.map(({ name, partitions }) => [name, partitions.length]));
      return new Map(topics.map((topic) => [topic, counts.get(topic)]));
    });
  }

  /** What each topic has; undefined for one that does not exist. */
  async settingsOf(topics: readonly string[]): Promise<Map<string, TopicSettings | undefined>> {
    const counts = await this.partitionsOf(topics);
    const found = await Promise.all(
      topics.map(async (topic): Promise<[string, TopicSettings | undefined]> => {
        const partitions = counts.get(topic);
        if (partitions === undefined) return [topic, undefined];
        const config = await this.#config(topic, [RETENTION, POLICY]);
        const milliseconds = config?.get(RETENTION);
        const policy = config?.get(POLICY);
        return [
          topic,
          {
            partitions,
            retention: milliseconds === undefined ? undefined : retentionOf(Number(milliseconds)),
            policies: policy?.split(",").map((each) => each.trim()),
          },
        ];
      }),
    );
    return new Map(found);
  }

  /**
   * Creates topics with the default replication of the brokers; resolves when each partition has a leader. Rejects with an
   * error that names the topics that cannot be created, after all others are.
   */
  async create(
    topics: readonly Pick<NeededTopic, "topic" | "partitions" | "compacted" | "retention">[],
  ): Promise<void> {
    const names = topics.map(({ topic }) => topic);
    await this.#ask(`create topics ${names.join(", ")}`, async (admin) => {
      const refused = await admin
        .createTopics({
          // kafkajs checks only a few times within a second; a busy node takes longer to know them.
          waitForLeaders: false,
          topics: topics.map(({ topic, partitions, compacted, retention }) => ({
            topic,
            numPartitions: partitions,
            replicationFactor: -1,
            configEntries: [
              ...(compacted === undefined ? [] : [{ name: POLICY, value: "compact" }]),
              ...(retention === undefined ? [] : [{ name: RETENTION, value: String(retention.milliseconds) }]),
            ],
          })),
        })
        .then(() => new Map<string, string>(), refusedTopics);
      const created = names.filter((name) => !refused.has(name));
      const end = performance.now() + LED_MS;
      while (!(await areLed(admin, created, performance.now() >= end))) await sleep(LED_POLL_MS);
      if (refused.size === 0) return;
      const reasons = [...refused].map(([topic, reason]) => `"${topic}" (${reason})`).join(", ");
      const rest = created.length === 0 ? "no topic was created" : `created: ${created.join(", ")}`;
      throw new TaskwireError("topics_refused", `the cluster refuses to create ${reasons}; ${rest}`);
    });
  }

  async close(): Promise<void> {
    await this.#connected?.then((admin) => admin.disconnect()).catch(() => {});
  }

  async #limit(topic: string): Promise<number> {
    // A producer may be allowed to write only.
    return Number((await this.#config(topic, [LIMIT]))?.get(LIMIT) ?? DEFAULT_LIMIT_BYTES);
  }

  /** Settings of a topic by name; undefined when this login may not read them. Rejects with TopicMissingError. */
  async #config(topic: string, configNames: string[]): Promise<Map<string, string> | undefined> {
    try {
      return await this.#ask(`look up topic "${topic}"`, async (admin) => {
        const { resources } = await admin.describeConfigs({
          includeSynonyms: false,
          resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames }],
        });
        const entries = resources.flatMap(({ configEntries }) => configEntries);
        return new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
      });
    } catch (error) {
      const type = protocolType(error);
      if (type === "UNKNOWN_TOPIC_OR_PARTITION") throw new TopicMissingError([topic], this.#names);
      if (type.endsWith("AUTHORIZATION_FAILED")) return undefined;
      throw error;
    }
  }

  /** Retries a request to the coordinator of a group while none is ready. */
  async #coordinated<T>(request: () => Promise<T>): Promise<T> {
    const backoff = new Backoff(COORDINATED_FIRST_WAIT_MS, COORDINATED_LONGEST_WAIT_MS, NO_JITTER);
    const end = performance.now() + COORDINATED_MS;
    for (;;) {
      try {
        return await request();
      } catch (thrown) {
        const error = coordinatorError(this.#kafka, thrown);
        if (!COORDINATOR_AWAY.has(protocolType(error)) || performance.now() >= end) throw error;
      }
      await sleep(backoff.next());
    }
  }

  async #ask<T>(doing: string, work: (admin: Admin) => Promise<T>): Promise<T> {
    try {
      return await this.#sockets.during(async () => work(await this.#admin()));
    } catch (error) {
      throw kafkaError(error, doing, this.#names);
    }
  }

  #admin(): Promise<Admin> {
    this.#connected ??= this.#connect();
    this.#connected.catch(() => {
      this.#connected = undefined;
    });
    return this.#connected;
  }

  async #connect(): Promise<Admin> {
    const admin = this.#kafka.admin();
    await admin.connect();
    return admin;
  }
}

/** Kafka writes none as -1. */
function retentionOf(milliseconds: number): number {
  return milliseconds < 0 ? Number.POSITIVE_INFINITY : milliseconds;
}

/** Why topics were refused, by name, without those that exist already. Throws any other error. */
function refusedTopics(error: unknown): Map<string, string> {
  const refused = new Map<string, string>();
  const each = causesOf(error).flatMap((cause) => {
    const errors: unknown = Reflect.get(Object(cause), "errors");
    return Array.isArray(errors) ? errors : [];
  });
  if (each.length === 0) throw error;
  for (const one of each) {
    if (protocolType(one) === "TOPIC_ALREADY_EXISTS") continue;
    refused.set(String(Reflect.get(Object(one), "topic")), messageOf(one));
  }
  return refused;
}

/** Whether all partitions have leaders. `last`: rejects when they have not. */
async function areLed(admin: Admin, topics: string[], last: boolean): Promise<boolean> {
  if (topics.length === 0) return true;
  try {
    const { topics: found } = await admin.fetchTopicMetadata({ topics });
    const unled = found
      .filter(({ partitions }) => partitions.length === 0 || partitions.some(({ leader }) => leader < 0))
      .map(({ name }) => name);
    if (last && unled.length > 0) throw new Error(`${unled.join(", ")} got no leaders within ${LED_MS / 1000} s`);
    return unled.length === 0;
  } catch (error) {
    if (last || !NOT_YET.has(protocolType(error))) throw error;
    return false;
  }
}
