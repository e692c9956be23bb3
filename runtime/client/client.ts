import { tracing } from "../activation/context/tracing.js";
import { currentRun } from "../activation/current-run.js";
import type { Environments } from "../activation/task.js";
import { dataFolderFor, dataPath } from "../base/files/data-folder.js";
import type { Log, LogRecord, Position } from "../log/port.js";
import { clusterOf, topicOf } from "../model/environment.js";
import type { ClusterModel, EnvironmentModel } from "../model/model.js";
import { ConnectError } from "./errors.js";
import { poolOf, unread } from "./unread.js";

export interface ConnectOptions {
  /** Where embedded clusters are stored; default: TASKWIRE_DATA, else `.taskwire` beside the nearest package.json. */
  readonly dataFolder?: string;
}

/** A connection to one environment, made by `connect`. */
export interface Client extends AsyncDisposable {
  /** Throws ConnectError while only its name is known: before the first call of a task. */
  readonly environment: EnvironmentModel;
  /** Waits for pending appends. Afterwards the process may connect again. */
  close(): Promise<void>;
}

/** Opens the logs of one environment's clusters when they are first needed, and appends to them. */
export class LogClient implements Client {
  #environment: EnvironmentModel | string;
  readonly #options: ConnectOptions;
  readonly #logs = new Map<string, Promise<Log>>();
  readonly #calls = new Set<Promise<unknown>>();
  /** Topics checked for a broker that reads them. */
  readonly #checked = new Set<string>();
  readonly #onClose: (client: LogClient) => void;
  #folder: string | undefined;
  #closed = false;

  /** `environment`: a name is looked up at the first call. `onClose` is called as soon as `close` is. */
  constructor(
    environment: EnvironmentModel | string,
    options: ConnectOptions = {},
    onClose: (client: LogClient) => void = () => {},
  ) {
    this.#environment = environment;
    this.#options = options;
    this.#onClose = onClose;
    // Loaded now, so that the first call does not wait for it.
    void tracing();
  }

  get name(): string {
    return typeof this.#environment === "string" ? this.#environment : this.#environment.name;
  }

  get environment(): EnvironmentModel {
    if (typeof this.#environment !== "string") return this.#environment;
    throw new ConnectError(
      `environment "${this.#environment}" is known by its name only, until a task is called; pass environments.NAME of the generated code to connect()`,
    );
  }

  /** Looks an environment known by its name up in those of the generated code. Throws ConnectError. */
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

  /** Appends to the topic that the namespace is routed to. Resolves when the records are durable. */
  async append(
    namespace: string,
    records: readonly LogRecord[],
    options?: { readonly uniqueKey?: string },
  ): Promise<Position[]> {
    const topic = topicOf(this.environment, namespace);
    const cluster = clusterOf(this.environment, topic);
    const log = await this.log(cluster);
    const positions = await log.append(topic.name, records, options);
    if (cluster.kind === "sqlite" && !this.#checked.has(topic.name)) this.#warnIfUnread(log, topic.name);
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

  async close(): Promise<void> {
    this.#onClose(this);
    // Failures reach the callers.
    while (this.#calls.size > 0) await Promise.allSettled(this.#calls);
    this.#closed = true;
    const logs = [...this.#logs.values()];
    this.#logs.clear();
    // A log that could not be opened has failed its callers.
    const opened = await Promise.allSettled(logs);
    await Promise.all(opened.map((log) => (log.status === "fulfilled" ? log.value.close() : undefined)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Warns, once per topic, when no broker has ever read it: the brokers may use another data folder. */
  #warnIfUnread(log: Log, topic: string): void {
    this.#checked.add(topic);
    // Within a run a broker has read the folder. An environment without pools belongs to a test.
    if (currentRun() !== undefined || this.environment.pools.length === 0) return;
    const checked = this.during(async () => {
      const group = poolOf(this.environment, topic)?.group ?? "";
      if (!(await log.everRead(topic, group)))
        process.emitWarning(unread(this.environment, topic, this.#folder), { type: "TaskwireWarning", code: "unread" });
    });
    // The records are stored all the same; the next process checks again.
    checked.catch(() => {});
  }

  /** Absolute path of the data folder. The default one is printed, once. */
  #embeddedFolder(): string {
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
          ? this.#embeddedFolder()
          : (dataPath(this.#options.dataFolder) ?? "");
    return openLog(cluster, folder, this.name);
  }
}

/** Whether lines of level info are printed. */
function isReported(): boolean {
  return !["warn", "error"].includes(process.env.TASKWIRE_LOG_LEVEL ?? "");
}
