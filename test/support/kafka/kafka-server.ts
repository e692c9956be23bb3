import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Admin, type ITopicConfig, Kafka, logLevel } from "kafkajs";
import { freePort } from "../processes/operating-system.js";
import { until } from "../waiting.js";

const DEFAULT_VERSION = "3.9.1";
/** Which Kafka the tests run against. */
export const KAFKA_VERSION = process.env.TASKWIRE_TEST_KAFKA ?? DEFAULT_VERSION;
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "taskwire-kafka");
/** The id in the formatted folder; every server gets another one. */
const CLUSTER_ID = "AAAAAAAAAAAAAAAAAAAAAA";
const START_MS = 120_000;
const JAVA = ["-Xmx320m", "-Xms96m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"];
const QUIET = ["defaultLogLevel=error", "log.kafka.server.KafkaRaftServer=info"];

/**
 * Why no Kafka can be started here; undefined when one can. The first call for a version takes its jars from Maven
 * Central into ~/.cache/taskwire-kafka.
 */
export const NO_KAFKA: string | undefined = (() => {
  try {
    execFileSync("java", ["-version"], { stdio: "pipe" });
  } catch {
    return "there is no java on this machine";
  }
  try {
    installed(KAFKA_VERSION);
    return undefined;
  } catch (error) {
    return `the jars of Kafka ${KAFKA_VERSION} cannot be had: ${String(error).slice(0, 300)}`;
  }
})();

/** The folder with the jars and with a formatted log folder. */
function installed(version: string): string {
  const folder = join(CACHE, version);
  if (existsSync(join(folder, "formatted"))) return folder;
  mkdirSync(CACHE, { recursive: true });
  const fresh = mkdtempSync(join(CACHE, "new-"));
  try {
    writeFileSync(join(fresh, "pom.xml"), pom(version));
    execFileSync("mvn", ["-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=libs"], {
      cwd: fresh,
      stdio: "pipe",
      timeout: 300_000,
    });
    writeFileSync(join(fresh, "server.properties"), properties(1, 2, join(fresh, "formatted"), []));
    java(fresh, ["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", "server.properties"]);
    // The first one wins; both are the same.
    if (!existsSync(join(folder, "formatted"))) renameSync(fresh, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return folder;
}

function java(folder: string, args: readonly string[]): void {
  execFileSync("java", [...JAVA, "-cp", join(folder, "libs", "*"), ...args], { cwd: folder, stdio: "pipe" });
}

function pom(version: string): string {
  const dependency = (group: string, artifact: string, number: string) =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${number}</version></dependency>`;
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>taskwire.test</groupId><artifactId>kafka</artifactId><version>1</version><dependencies>
${dependency("org.apache.kafka", "kafka_2.13", version)}
${dependency("org.slf4j", "slf4j-simple", "1.7.36")}
</dependencies></project>`;
}

function properties(port: number, controller: number, logs: string, extra: readonly string[]): string {
  return [
    "process.roles=broker,controller",
    "node.id=1",
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    "controller.listener.names=CONTROLLER",
    "inter.broker.listener.name=PLAINTEXT",
    ...(extra.some((line) => line.startsWith("listeners="))
      ? []
      : [
          `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
          `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
          "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        ]),
    `log.dirs=${logs}`,
    "offsets.topic.num.partitions=1",
    "offsets.topic.replication.factor=1",
    "transaction.state.log.num.partitions=1",
    "transaction.state.log.replication.factor=1",
    "transaction.state.log.min.isr=1",
    "default.replication.factor=1",
    "group.initial.rebalance.delay.ms=0",
    "group.min.session.timeout.ms=1000",
    "auto.create.topics.enable=false",
    "controlled.shutdown.enable=false",
    "log.cleaner.dedupe.buffer.size=8388608",
    ...extra,
    "",
  ].join("\n");
}

interface KafkaOptions {
  /** Further listeners beside the plain one, as `NAME` to what `listener.security.protocol.map` says of it. */
  readonly listeners?: Readonly<Record<string, string>>;
  /** Further lines of server.properties. */
  readonly properties?: readonly string[];
  /** Further options of the tool that formats the log folder, such as the users of SCRAM. */
  readonly format?: readonly string[];
  /** The server whose cluster it becomes the second node of. It holds no metadata: the first one has to live. */
  readonly joins?: KafkaServer;
}

/** A real Kafka of one node, with its own folder and free loopback ports, which it keeps over restarts. */
export class KafkaServer implements AsyncDisposable {
  readonly #libs: string;
  readonly #folder: string;
  readonly #ports: ReadonlyMap<string, number>;
  readonly #clusterId: string;
  #process: ChildProcess | undefined;
  #said = "";

  private constructor(libs: string, folder: string, ports: ReadonlyMap<string, number>, clusterId: string) {
    this.#libs = libs;
    this.#clusterId = clusterId;
    this.#folder = folder;
    this.#ports = ports;
  }

  /** Starts one and waits until it serves. */
  static async start(options: KafkaOptions = {}): Promise<KafkaServer> {
    const cached = installed(KAFKA_VERSION);
    const folder = mkdtempSync(join(tmpdir(), "taskwire-kafka-"));
    const logs = join(folder, "logs");
    const protocols = { PLAINTEXT: "PLAINTEXT", CONTROLLER: "PLAINTEXT", ...options.listeners };
    const { joins } = options;
    const names = Object.keys(protocols).filter((name) => joins === undefined || name !== "CONTROLLER");
    const portOf = new Map<string, number>();
    for (const name of names) portOf.set(name, await freePort());
    const url = (name: string) => `${name}://127.0.0.1:${portOf.get(name)}`;
    writeFileSync(
      join(folder, "server.properties"),
      properties(
        portOf.get("PLAINTEXT") ?? 0,
        (joins === undefined ? portOf : joins.#ports).get("CONTROLLER") ?? 0,
        logs,
        [
          ...(joins === undefined ? [] : ["process.roles=broker", "node.id=2"]),
          `listeners=${names.map(url).join(",")}`,
          `advertised.listeners=${names
            .filter((name) => name !== "CONTROLLER")
            .map(url)
            .join(",")}`,
          `listener.security.protocol.map=${Object.entries(protocols)
            .map(([name, protocol]) => `${name}:${protocol}`)
            .join(",")}`,
          ...(options.properties ?? []),
        ],
      ),
    );
    const fresh = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64url");
    const clusterId = joins === undefined ? fresh : joins.#clusterId;
    if (options.format === undefined) {
      cpSync(join(cached, "formatted"), logs, { recursive: true });
      const meta = `version=1\nnode.id=${joins === undefined ? 1 : 2}\ncluster.id=${clusterId}\ndirectory.id=${directoryId()}\n`;
      writeFileSync(join(logs, "meta.properties"), meta);
    } else {
      const tool = ["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID];
      java(cached, [...tool, "-c", join(folder, "server.properties"), ...options.format]);
    }
    const server = new KafkaServer(
      join(cached, "libs", "*"),
      folder,
      portOf,
      options.format === undefined ? clusterId : CLUSTER_ID,
    );
    try {
      await server.launch();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  /** HOST:PORT of the plain listener, or of another. */
  address(listener = "PLAINTEXT"): string {
    return `127.0.0.1:${this.#ports.get(listener)}`;
  }

  /** Starts it again on the same ports and data; resolves when it serves. */
  async launch(): Promise<void> {
    this.#said = "";
    const flags = [...JAVA, ...QUIET.map((setting) => `-Dorg.slf4j.simpleLogger.${setting}`)];
    const child = spawn("java", [...flags, "-cp", this.#libs, "kafka.Kafka", join(this.#folder, "server.properties")], {
      cwd: this.#folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`Kafka did not start within ${START_MS} ms:\n${this.#said}`)),
        START_MS,
      );
      const onLine = (line: string) => {
        this.#said = `${this.#said}${line}\n`.slice(-20_000);
        if (!line.includes("Kafka Server started")) return;
        clearTimeout(late);
        resolve();
      };
      createInterface(child.stdout).on("line", onLine);
      createInterface(child.stderr).on("line", onLine);
      child.once("exit", (code, signal) => {
        clearTimeout(late);
        reject(new Error(`Kafka ended with ${code ?? signal}:\n${this.#said}`));
      });
    });
  }

  /** SIGTERM; resolves when it has ended. */
  stop(): Promise<void> {
    return this.#end("SIGTERM");
  }

  /** kill -9; resolves when it has ended. */
  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }

  /** Freezes the process by SIGSTOP, or lets it continue. */
  freeze(frozen: boolean): void {
    this.#process?.kill(frozen ? "SIGSTOP" : "SIGCONT");
  }

  client(): Kafka {
    return new Kafka({ brokers: [this.address()], logLevel: logLevel.NOTHING, retry: { retries: 10 } });
  }

  async withAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = this.client().admin();
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  }

  /** A topic whose partitions have their only copies on these nodes. */
  async place(topic: string, nodes: readonly number[]): Promise<void> {
    const replicaAssignment = nodes.map((node, partition) => ({ partition, replicas: [node] }));
    await this.#create([{ topic, replicaAssignment }]);
  }

  /** Creates topics, each with its number of partitions. */
  async create(topics: Readonly<Record<string, number>>, config: Readonly<Record<string, string>> = {}): Promise<void> {
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
    await this.#create(
      Object.entries(topics).map(([topic, numPartitions]) => ({ topic, numPartitions, configEntries })),
    );
  }

  /** Resolves when each partition has a leader that serves it. kafkajs fails where a node does not know a new topic yet. */
  async #create(topics: ITopicConfig[]): Promise<void> {
    await this.withAdmin(async (admin) => {
      await admin.createTopics({ waitForLeaders: false, topics });
      await until(async () => {
        const known = await admin
          .fetchTopicMetadata({ topics: topics.map(({ topic }) => topic) })
          .catch(() => undefined);
        return known?.topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
      });
      // A leader that is named may not serve its partition yet.
      await until(() =>
        Promise.all(topics.map(({ topic }) => admin.fetchTopicOffsets(topic))).then(
          () => true,
          () => false,
        ),
      );
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill(signal);
    await ended;
  }
}

function directoryId(): string {
  // Ids that begin with a dash are reserved.
  return `T${Buffer.from(crypto.getRandomValues(new Uint8Array(16)))
    .toString("base64url")
    .slice(1)}`;
}
