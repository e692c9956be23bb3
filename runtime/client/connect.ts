import { tracing } from "../activation/context/tracing.js";
import type { WireParameters } from "../activation/parameters.js";
import { currentRun } from "../activation/run.js";
import type { Environments, TaskFacts } from "../activation/task.js";
import { dataFolderFor, dataPath } from "../base/files/data-folder.js";
import { checkNames, kindOf, OptionError } from "../base/option-error.js";
import { checkCopies, shared } from "../base/shared.js";
import type { Log, LogRecord, Position } from "../log/port.js";
import { checkNamespace, clusterOf, NO_ENVIRONMENT, topicOf } from "../model/environment.js";
import type { ClusterModel, EnvironmentModel } from "../model/model.js";
import { ConnectError } from "./errors.js";
import { poolOf, unread } from "./unread.js";

export interface ConnectOptions {
  /** Of embedded clusters; default: TASKWIRE_DATA, else `.taskwire` beside the nearest package.json. */
  readonly dataFolder?: string;
}

/** A connection to the clusters of one environment. Logs are opened when first needed. */
export class Client implements AsyncDisposable {
  #environment: EnvironmentModel | string;
  readonly #options: ConnectOptions;
  readonly #logs = new Map<string, Promise<Log>>();
  readonly #calls = new Set<Promise<unknown>>();
  /** Topics that were looked at, whether somebody reads them. */
  readonly #looked = new Set<string>();
  #folder: string | undefined;
  #closed = false;

  /** `environment`: a name is explained by the first call. */
  constructor(environment: EnvironmentModel | string, options: ConnectOptions = {}) {
    this.#environment = environment;
    this.#options = options;
    // The first call would wait for it.
    void tracing();
  }

  get name(): string {
    return typeof this.#environment === "string" ? this.#environment : this.#environment.name;
  }

  /** Throws ConnectError as long as only its name is known. */
  get environment(): EnvironmentModel {
    if (typeof this.#environment !== "string") return this.#environment;
    throw new ConnectError(
      `environment "${this.#environment}" is known by its name only, until a task is called; pass environments.NAME of the generated code to connect()`,
    );
  }

  /** What environments the generated code has, for one that is known by its name. Throws ConnectError. */
  learn(environments: () => Environments): void {
    if (typeof this.#environment !== "string") return;
    const known = environments();
    const found = Object.hasOwn(known, this.#environment) ? known[this.#environment] : undefined;
    if (found === undefined) {
      throw new ConnectError(
        `connect("${this.#environment}"): expected one of ${Object.keys(known).join(", ")} or an environment of the generated code`,
      );
    }
    this.#environment = found;
  }

  /** Appends to the topic that the namespace is routed to. Resolves when durable. */
  async append(
    namespace: string,
    records: readonly LogRecord[],
    options?: { readonly uniqueKey?: string },
  ): Promise<Position[]> {
    const topic = topicOf(this.environment, namespace);
    const cluster = clusterOf(this.environment, topic);
    const log = await this.log(cluster);
    const positions = await log.append(topic.name, records, options);
    if (cluster.kind === "sqlite" && !this.#looked.has(topic.name)) this.#look(log, topic.name);
    return positions;
  }

  /** Runs a call that `close` waits for. */
  async during<T>(run: () => Promise<T>): Promise<T> {
    const call = run();
    this.#calls.add(call);
    try {
      return await call;
    } finally {
      this.#calls.delete(call);
    }
  }

  /** The log of a cluster. Rejects with ConnectError once the client is closed. */
  async log(cluster: ClusterModel): Promise<Log> {
    if (this.#closed) throw new ConnectError(`the client of environment "${this.name}" is closed`);
    let log = this.#logs.get(cluster.name);
    if (log === undefined) {
      log = this.#open(cluster);
      this.#logs.set(cluster.name, log);
      log.catch(() => this.#logs.delete(cluster.name));
    }
    return log;
  }

  /** Waits for what is being appended; afterwards it is no longer the process's client. */
  async close(): Promise<void> {
    if (clients.explicit === this) clients.explicit = undefined;
    if (clients.implicit === this) {
      clients.implicit = undefined;
      process.off("beforeExit", closeImplicit);
    }
    // Their callers hear of their failures.
    while (this.#calls.size > 0) await Promise.allSettled(this.#calls);
    this.#closed = true;
    const logs = [...this.#logs.values()];
    this.#logs.clear();
    // A log that could not be opened has told its callers so.
    const opened = await Promise.allSettled(logs);
    await Promise.all(opened.map((log) => (log.status === "fulfilled" ? log.value.close() : undefined)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Warns once a topic when no broker ever read it: it may read another data folder. */
  #look(log: Log, topic: string): void {
    this.#looked.add(topic);
    // A run's broker has read the folder; an environment without pools is a test's.
    if (currentRun() !== undefined || this.environment.pools.length === 0) return;
    const looked = this.during(async () => {
      const group = poolOf(this.environment, topic)?.group ?? "";
      if (!(await log.everRead(topic, group)))
        process.emitWarning(unread(this.environment, topic, this.#folder), { type: "TaskwireWarning", code: "unread" });
    });
    // What was sent is stored; the next process looks again.
    looked.catch(() => {});
  }

  /** Absolute; one that nobody named is reported. */
  #embedded(): string {
    if (this.#folder !== undefined) return this.#folder;
    const { dataFolder: given } = this.#options;
    this.#folder = dataFolderFor("the embedded log", given);
    if (given === undefined && !process.env.TASKWIRE_DATA && isReported()) {
      process.stderr.write(
        `taskwire: environment "${this.name}" stores in ${this.#folder} (TASKWIRE_DATA or connect(environment, { dataFolder }) names another)\n`,
      );
    }
    return this.#folder;
  }

  async #open(cluster: ClusterModel): Promise<Log> {
    const { openLog } = await import("../log/open.js");
    const folder =
      cluster.kind === "kafka"
        ? ""
        : cluster.kind === "sqlite"
          ? this.#embedded()
          : (dataPath(this.#options.dataFolder) ?? "");
    return openLog(cluster, folder, this.name);
  }
}

/** As other lines of level info. */
function isReported(): boolean {
  return !["warn", "error"].includes(process.env.TASKWIRE_LOG_LEVEL ?? "");
}

interface ProcessClients {
  explicit: Client | undefined;
  implicit: Client | undefined;
  standIn: StandIn;
}

const clients = shared<ProcessClients>("clients", () => ({
  explicit: undefined,
  implicit: undefined,
  standIn: () => undefined,
}));

/**
 * Connects; the client is the process's own until it is closed or disposed. `environment`: one of the generated code, or
 * its name, which the generated code of the first call explains. Throws ConnectError and OptionError.
 */
export async function connect(environment: EnvironmentModel | string, options: ConnectOptions = {}): Promise<Client> {
  checkCopies();
  checkConnect(environment, options);
  if (clients.explicit !== undefined) {
    throw new ConnectError(
      `this process is connected to environment "${clients.explicit.name}" already; close that client first`,
    );
  }
  clients.explicit = new Client(environment, options);
  return clients.explicit;
}

function checkConnect(environment: unknown, options: ConnectOptions): void {
  const isModel = typeof environment === "object" && environment !== null && "clusters" in environment;
  if (!isModel && (typeof environment !== "string" || environment === "")) {
    throw new OptionError(
      "connect",
      `environment: expected one of the generated code, such as environments.local, or its name, got ${kindOf(environment)}`,
    );
  }
  checkNames("connect", "options", options, ["dataFolder"]);
  const { dataFolder } = options;
  if (dataFolder !== undefined && (typeof dataFolder !== "string" || dataFolder === ""))
    throw new OptionError("connect", `options.dataFolder: expected a path, got ${kindOf(dataFolder)}`);
}

/** Closes the process's client, if there is one. */
export async function close(): Promise<void> {
  await clients.explicit?.close();
  await clients.implicit?.close();
}

/** The logs of the implicit client let the process end; what is being appended does not. */
function closeImplicit(): void {
  void clients.implicit?.close();
}

/** A task that is called, its types erased. */
export interface CalledTask extends TaskFacts {
  readonly environments: () => Environments;
  readonly parameters: () => { read(task: string, wire: WireParameters): Promise<unknown> };
}

/** Gives the client that takes a call; undefined: the process's own. */
export type StandIn = (task: CalledTask) => Client | undefined;

/** From now on `standIn` is asked first, for tests that record calls or take them to a broker of their own. */
export function standInForClient(standIn: StandIn): void {
  checkCopies();
  clients.standIn = standIn;
}

/**
 * Who takes a call: a stand-in, else the connected client, else one to TASKWIRE_ENV, made at the first call. Throws
 * ConnectError, and AbsentNamespaceError when its environment does not have the task's namespace.
 */
export function clientFor(task: CalledTask): Client {
  checkCopies();
  const client = chosenClient(task);
  checkNamespace(client.environment, task.namespace, task.key);
  return client;
}

function chosenClient(task: CalledTask): Client {
  const taken = clients.standIn(task);
  if (taken !== undefined) return taken;
  const { explicit } = clients;
  if (explicit !== undefined) {
    explicit.learn(task.environments);
    return explicit;
  }
  if (clients.implicit === undefined) {
    clients.implicit = new Client(implicitEnvironment(task.environments()));
    process.once("beforeExit", closeImplicit);
  }
  return clients.implicit;
}

function implicitEnvironment(environments: Environments): EnvironmentModel {
  const { TASKWIRE_ENV: name, NODE_ENV: mode } = process.env;
  const known = Object.keys(environments).join(", ");
  if ((name === undefined || name === "") && (mode === "production" || mode === "test")) {
    throw new ConnectError(
      `NODE_ENV is "${mode}" and no environment is chosen: set TASKWIRE_ENV (known: ${known}), or call connect(environments.NAME) first`,
    );
  }
  const chosen = name === undefined || name === "" ? "local" : name;
  const environment = Object.hasOwn(environments, chosen) ? environments[chosen] : undefined;
  if (environment === undefined && known === "")
    throw new ConnectError(`unknown environment "${chosen}": ${NO_ENVIRONMENT}`);
  if (environment === undefined) throw new ConnectError(`TASKWIRE_ENV: expected one of ${known}, got "${chosen}"`);
  return environment;
}
