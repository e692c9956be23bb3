import { join } from "node:path";
import Database from "better-sqlite3";
import type { EnvironmentModel } from "taskwire/model";
import { bareCluster, kafkaClient } from "#runtime/log/kafka/connection/client.js";
import { Sockets } from "#runtime/log/kafka/connection/sockets.js";
import { Membership, SESSION_MS } from "#runtime/log/kafka/group/membership.js";
import type { KafkaCluster } from "#runtime/model/variables.js";
import { FOLDER_VARIABLE, History, type Run } from "../contract/history.js";
import type { KafkaServer } from "../kafka/kafka-server.js";
import type { Running } from "../processes/command.js";
import { ProcessHarness } from "./process-harness.js";

/** A kill -9 of a broker, times in milliseconds since the epoch. */
export interface BrokerKill {
  readonly at: number;
  /** When it was started again. */
  back: number;
  /** By partition: the positions that the group had stored when it was dead. */
  readonly stored: ReadonlyMap<number, number>;
}

/** A broker of the pool with its own data folder, and a worker that knows no other. */
export class Member {
  readonly processes: ProcessHarness;
  /** What its worker ran. */
  readonly history: History;
  readonly kills: BrokerKill[] = [];
  /** Undefined while it is away. */
  broker: Running | undefined;
  /** Exit codes of its clean stops. */
  readonly exits: (number | null)[] = [];

  constructor(environment: EnvironmentModel, handlers: string, onLine: (line: string) => void) {
    const variables: NodeJS.ProcessEnv = {};
    this.processes = new ProcessHarness(environment, handlers, variables, [], onLine);
    variables[FOLDER_VARIABLE] = this.processes.data;
    this.history = new History(this.processes.data);
  }

  async join(): Promise<void> {
    this.broker = await this.processes.broker();
    for (const kill of this.kills) kill.back = Math.min(kill.back, Date.now());
  }

  /** SIGTERM. */
  async leave(): Promise<void> {
    const code = await this.broker?.stop();
    this.broker = undefined;
    this.exits.push(code ?? null);
  }
}

/** Brokers of one pool as processes, each with a worker, and what the group has stored. */
export class PoolHarness implements AsyncDisposable {
  readonly members: readonly Member[];
  readonly #server: KafkaServer;
  readonly #topic: string;
  readonly #group: string;
  readonly #cluster: KafkaCluster;

  constructor(
    server: KafkaServer,
    environment: EnvironmentModel,
    handlers: string,
    size: number,
    onLine: (line: string) => void,
  ) {
    const [cluster] = environment.clusters;
    if (cluster?.kind !== "kafka") throw new Error("a Kafka cluster is expected");
    this.#cluster = cluster;
    this.#server = server;
    this.#topic = environment.topics[0]?.name ?? "";
    this.#group = environment.pools[0]?.group ?? "";
    this.members = Array.from({ length: size }, () => new Member(environment, handlers, onLine));
  }

  get running(): Member[] {
    return this.members.filter(({ broker }) => broker !== undefined);
  }

  get away(): Member[] {
    return this.members.filter(({ broker }) => broker === undefined);
  }

  /** kill -9 of a member's broker. */
  async kill(member: Member): Promise<void> {
    const at = Date.now();
    await member.broker?.kill();
    member.broker = undefined;
    member.kills.push({ at, back: Number.POSITIVE_INFINITY, stored: await this.stored() });
  }

  /** Has the group give up the killed broker's member now, not when its session ends after 45 s. */
  async evict(member: Member): Promise<void> {
    const file = new Database(join(member.processes.data, "default.inflight.db"));
    const journal: unknown = file.prepare("SELECT value FROM meta WHERE key = 'uuid'").pluck().get();
    file.close();
    const clientId = `taskwire.${journal}.${this.#cluster.name}`;
    const cluster = bareCluster(kafkaClient(this.#cluster, { sockets: new Sockets(), clientId }), this.#group);
    await cluster.connect();
    await new Membership(cluster, clientId, this.#group, [this.#topic], SESSION_MS).leave();
    await cluster.disconnect();
  }

  /** What the group has stored, by partition. */
  stored(): Promise<Map<number, number>> {
    return this.#server.withAdmin(async (admin) => {
      const [found] = await admin.fetchOffsets({ groupId: this.#group, topics: [this.#topic] });
      return new Map((found?.partitions ?? []).map(({ partition, offset }) => [partition, Number(offset)]));
    });
  }

  /** Whose worker had the run. */
  runs(): Map<Run, Member> {
    const runs = new Map<Run, Member>();
    for (const member of this.members) {
      for (const entry of member.history.read()) {
        if (entry.what === "started" || entry.what === "ended") runs.set(entry, member);
      }
    }
    return runs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { processes } of this.members) await processes[Symbol.asyncDispose]();
  }
}
