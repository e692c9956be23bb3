import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EnvironmentModel } from "taskwire/model";
import type { Activation } from "#runtime/activation/activation.js";
import { readHead } from "#runtime/activation/encoding/head.js";
import { type Broker, startBroker } from "#runtime/broker/broker.js";
import { kafkaLog } from "#runtime/log/kafka/log.js";
import type { Log, ReadRecord } from "#runtime/log/port.js";
import type { Session } from "#runtime/wire/session.js";
import type { KafkaServer } from "../kafka/kafka-server.js";
import { encoded } from "./broker-harness.js";

const SESSION_MS = 6000;

/** Brokers of one pool in this process, each with a data folder of its own, on topics of one Kafka. */
export class KafkaHarness implements AsyncDisposable {
  readonly environment: EnvironmentModel;
  readonly said: string[] = [];
  readonly topic: string;
  readonly log: Log;
  readonly #server: KafkaServer;
  readonly #folders = new Map<string, string>();
  readonly #brokers = new Map<string, Broker>();

  constructor(server: KafkaServer, topic: string, partitions: number) {
    this.#server = server;
    this.topic = topic;
    const cluster = { name: "general", kind: "kafka", brokers: [server.address()], tls: false } as const;
    this.environment = {
      name: "saas",
      clusters: [cluster],
      topics: [{ name: topic, cluster: "general", partitions, deadLetter: `${topic}-dlq`, retry: topic }],
      routes: [{ namespace: "*", topic }],
      pools: [
        {
          name: "default",
          topics: [topic],
          group: `app.saas.${topic}`,
          maxPendingCount: 16_384,
          maxProcessingCount: 16_384,
          maxProcessingAttempts: 5,
          maxProcessingDeadline: 3_600_000,
        },
      ],
    };
    this.log = kafkaLog({ cluster, environment: "saas" });
  }

  /** A harness on fresh topics. */
  static async make(server: KafkaServer, topic: string, partitions = 1): Promise<KafkaHarness> {
    await server.create({ [topic]: partitions, [`${topic}-dlq`]: 1 });
    return new KafkaHarness(server, topic, partitions);
  }

  /** Starts the broker of that name; its folder is kept over stops. */
  async broker(name: string): Promise<Broker> {
    const folder = this.#folders.get(name) ?? mkdtempSync(join(tmpdir(), "taskwire-kafka-broker-"));
    this.#folders.set(name, folder);
    const say = (message: string, fields: object = {}) => {
      this.said.push(`${name}: ${message} ${JSON.stringify(fields)}`);
    };
    const broker = await startBroker({
      environment: this.environment,
      pool: "default",
      dataFolder: folder,
      listen: "127.0.0.1:0",
      logger: { debug: () => {}, info: say, warn: say, error: say },
      openLog: async (cluster) => {
        if (cluster.kind !== "kafka") throw new Error("a Kafka cluster is expected");
        return kafkaLog({ cluster, environment: "saas", sessionMs: SESSION_MS });
      },
    });
    this.#brokers.set(name, broker);
    return broker;
  }

  /** The data folder of the broker of that name. */
  folder(name: string): string {
    return this.#folders.get(name) ?? "";
  }

  async stop(name: string): Promise<void> {
    await this.#brokers.get(name)?.stop();
    this.#brokers.delete(name);
  }

  async send(...activations: readonly Partial<Activation>[]): Promise<void> {
    await this.log.append(
      this.topic,
      activations.map((activation) => ({
        key: activation.retry?.atMostOnce === true ? activation.id : undefined,
        value: encoded(activation),
      })),
    );
  }

  /** Waits for at least this many dead letters. */
  async deadLetters(count: number): Promise<ReadRecord[]> {
    const reader = this.log.read([`${this.topic}-dlq`], { group: `dead-letters ${Math.random()}`, journal: "test" });
    const found: ReadRecord[] = [];
    for await (const event of reader) {
      if (event.kind === "batch") found.push(...event.records);
      if (found.length >= count) break;
    }
    await reader.close();
    return found;
  }

  /** The position that the group has stored in a partition; -1 when there is none. */
  async committed(partition = 0): Promise<number> {
    const [group] = this.environment.pools.map((pool) => pool.group);
    return this.#server.withAdmin(async (admin) => {
      const [found] = await admin.fetchOffsets({ groupId: group ?? "", topics: [this.topic] });
      return Number(found?.partitions.find((each) => each.partition === partition)?.offset ?? -1);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of [...this.#brokers.keys()]) await this.stop(name);
    await this.log.close();
    for (const folder of this.#folders.values()) rmSync(folder, { recursive: true, force: true });
  }
}

/** A worker without handlers: what it was handed, and what it says of it. */
export class StubWorker {
  /** Ids in the order in which they came. */
  readonly taken: string[] = [];
  readonly #claims: number[] = [];
  #session: Session | undefined;

  /** Opens a session. `completes`: says of everything at once that it is complete. */
  static async at(broker: Broker, worker: string, { completes = true, credit = 100_000 } = {}): Promise<StubWorker> {
    const stub = new StubWorker();
    const offer = {
      application: "app",
      worker,
      tasks: ["things.quick", "things.once"].map((name) => ({ name, hash: "" })),
      slots: credit,
      held: [],
    };
    const session = await broker.sessions.open(offer, {
      deliver: (deliveries) => {
        for (const { claim, activation } of deliveries) {
          stub.taken.push(readHead(activation).id);
          stub.#claims.push(claim);
        }
        if (completes) void stub.settle().catch(() => {});
      },
      cancel: () => {},
      lost: () => {},
    });
    stub.#session = session;
    session.credit(credit);
    return stub;
  }

  /** Resolves when the broker has it on disk. */
  async settle(kind: "complete" | "failure" = "complete"): Promise<void> {
    const claims = this.#claims.splice(0);
    await this.#session?.settle(
      claims.map((claim) =>
        kind === "complete" ? { kind, claim } : { kind, claim, reason: "error", error: "as the test says" },
      ),
    );
  }

  async close(): Promise<void> {
    await this.#session?.close();
  }
}
