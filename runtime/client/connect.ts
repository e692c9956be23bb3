import { tracing } from "../activation/context/tracing.js";
import type { WireParameters } from "../activation/parameters.js";
import type { Environments, TaskFacts } from "../activation/task.js";
import { dataFolder } from "../base/data-folder.js";
import type { Log, LogRecord, Position } from "../log/port.js";
import { checkNamespace, clusterOf, topicOf } from "../model/environment.js";
import type { ClusterModel, EnvironmentModel } from "../model/model.js";
import { ConnectError } from "./errors.js";

export interface ConnectOptions {
  /** Of embedded clusters; default: TASKWIRE_DATA, else `.taskwire` beside the nearest package.json. */
  readonly dataFolder?: string;
}

/** A connection to the clusters of one environment. Logs are opened when first needed. */
export class Client implements AsyncDisposable {
  readonly environment: EnvironmentModel;
  readonly #options: ConnectOptions;
  readonly #logs = new Map<string, Promise<Log>>();
  readonly #calls = new Set<Promise<unknown>>();
  #closed = false;

  constructor(environment: EnvironmentModel, options: ConnectOptions = {}) {
    this.environment = environment;
    this.#options = options;
    // The first call would wait for it.
    void tracing();
  }

  /** Appends to the topic that the namespace is routed to. Resolves when durable. */
  async append(
    namespace: string,
    records: readonly LogRecord[],
    options?: { readonly uniqueKey?: string },
  ): Promise<Position[]> {
    const topic = topicOf(this.environment, namespace);
    const log = await this.log(clusterOf(this.environment, topic));
    return log.append(topic.name, records, options);
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
    if (this.#closed) throw new ConnectError(`the client of environment "${this.environment.name}" is closed`);
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
    if (explicit === this) explicit = undefined;
    if (implicit === this) implicit = undefined;
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

  async #open(cluster: ClusterModel): Promise<Log> {
    const { openLog } = await import("../log/open.js");
    const folder = cluster.kind === "kafka" ? "" : dataFolder(this.#options.dataFolder);
    return openLog(cluster, folder, this.environment.name);
  }
}

let explicit: Client | undefined;
let implicit: Client | undefined;

/** Connects; the client is the process's own until it is closed or disposed. */
export async function connect(environment: EnvironmentModel, options: ConnectOptions = {}): Promise<Client> {
  if (explicit !== undefined) {
    throw new ConnectError(
      `this process is connected to environment "${explicit.environment.name}" already; close that client first`,
    );
  }
  explicit = new Client(environment, options);
  return explicit;
}

/** Closes the process's client, if there is one. */
export async function close(): Promise<void> {
  await explicit?.close();
  await implicit?.close();
}

/** A task that is called, its types erased. */
export interface CalledTask extends TaskFacts {
  readonly environments: () => Environments;
  readonly parameters: () => { read(task: string, wire: WireParameters): Promise<unknown> };
}

/** Gives the client that takes a call; undefined: the process's own. */
export type StandIn = (task: CalledTask) => Client | undefined;

let standIn: StandIn = () => undefined;

/** From now on `clients` is asked first, for tests that record calls or take them to a broker of their own. */
export function standInForClient(clients: StandIn): void {
  standIn = clients;
}

/**
 * Who takes a call: a stand-in, else the connected client, else one to TASKWIRE_ENV, made at the first call. Throws
 * ConnectError, and AbsentNamespaceError when its environment does not have the task's namespace.
 */
export function clientFor(task: CalledTask): Client {
  const client = chosenClient(task);
  checkNamespace(client.environment, task.namespace, task.key);
  return client;
}

function chosenClient(task: CalledTask): Client {
  const taken = standIn(task);
  if (taken !== undefined) return taken;
  if (explicit !== undefined) return explicit;
  if (implicit === undefined) {
    implicit = new Client(implicitEnvironment(task.environments()));
    // The logs of this client let the process end; what is being appended does not.
    process.once("beforeExit", () => void implicit?.close());
  }
  return implicit;
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
  if (environment === undefined) throw new ConnectError(`TASKWIRE_ENV: expected one of ${known}, got "${chosen}"`);
  return environment;
}
