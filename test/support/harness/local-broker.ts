import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeActivation, NO_RETRY_STATE } from "#runtime/activation/encoding/codec.js";
import { newId } from "#runtime/base/ids.js";
import type { LogFields, Logger } from "#runtime/base/logger.js";
import { type Broker, type BrokerOptions, type Status, startBroker } from "#runtime/broker/index.js";
import { openLog } from "#runtime/log/open.js";
import type { Log } from "#runtime/log/port.js";
import type { EnvironmentModel, PoolModel } from "#runtime/model/model.js";
import type { Session } from "#runtime/wire/session.js";
import { until } from "../waiting.js";

export const POOL: PoolModel = {
  name: "default",
  topics: ["work"],
  group: "test.test.default",
  maxPendingCount: 16_384,
  maxProcessingCount: 16_384,
  maxProcessingAttempts: 5,
  maxProcessingDeadline: 3_600_000,
};

const topic = (name: string, cluster: string) => ({
  name,
  cluster,
  partitions: 1,
  deadLetter: `${name}-dlq`,
  retry: name,
});

/** Two embedded logs; the pool reads the topic `work` of the first. */
export const ENVIRONMENT: EnvironmentModel = {
  name: "test",
  clusters: [
    { name: "local", kind: "sqlite", file: "log.db" },
    { name: "other", kind: "sqlite", file: "other.db" },
  ],
  topics: [topic("work", "local"), topic("long", "other")],
  routes: [{ namespace: "*", topic: "work" }],
  pools: [POOL],
};

interface Sent {
  readonly task?: string;
  readonly namespace?: string;
  readonly application?: string;
  readonly parameters?: Uint8Array;
  readonly headers?: ReadonlyMap<string, string>;
  readonly id?: string;
  readonly deadLetter?: boolean;
}

interface Readiness {
  readonly status: number;
  readonly ready: boolean;
  readonly reasons: readonly { readonly code: string; readonly message: string }[];
}

interface Said {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

/** A broker in this process with its data folder, what it said, and workers that complete whatever they get. */
export class LocalBroker implements AsyncDisposable {
  readonly data = mkdtempSync(join(tmpdir(), "taskwire-local-"));
  readonly said: Said[] = [];
  #broker: Broker | undefined;
  #logs = new Map<string, Log>();

  readonly logger: Logger = {
    debug: (message, fields = {}) => void this.said.push({ level: "debug", message, fields }),
    info: (message, fields = {}) => void this.said.push({ level: "info", message, fields }),
    warn: (message, fields = {}) => void this.said.push({ level: "warn", message, fields }),
    error: (message, fields = {}) => void this.said.push({ level: "error", message, fields }),
  };

  async start(options: Partial<BrokerOptions> = {}): Promise<Broker> {
    this.#broker = await startBroker({
      environment: ENVIRONMENT,
      pool: "default",
      dataFolder: this.data,
      http: "127.0.0.1:0",
      logger: this.logger,
      ...options,
    });
    return this.#broker;
  }

  get broker(): Broker {
    if (this.#broker === undefined) throw new Error("the broker was not started");
    return this.#broker;
  }

  status(): Promise<Status> {
    return this.broker.status();
  }

  /** Looks at the status until it shows what is wanted. */
  async shows(look: (status: Status) => boolean): Promise<Status> {
    return until(async () => {
      const status = await this.status();
      return look(status) && status;
    });
  }

  /** The answer of /readyz, at another address while the broker is starting. */
  async readiness(address = this.broker.httpAddress ?? ""): Promise<Readiness> {
    const response = await fetch(`http://${address}/readyz`);
    const answer: Readiness = JSON.parse(await response.text());
    return { ...answer, status: response.status };
  }

  get(path: string): Promise<Response> {
    return fetch(`http://${this.broker.httpAddress ?? ""}${path}`);
  }

  async log(cluster = "local"): Promise<Log> {
    const known = this.#logs.get(cluster);
    if (known !== undefined) return known;
    const model = ENVIRONMENT.clusters.find(({ name }) => name === cluster);
    if (model === undefined) throw new Error(`no cluster ${cluster}`);
    const log = await openLog(model, this.data);
    this.#logs.set(cluster, log);
    return log;
  }

  async send(...activations: readonly Sent[]): Promise<void> {
    await (await this.log()).append(
      "work",
      activations.map((sent) => ({ value: activation(sent) })),
    );
  }

  /** A worker that completes all it gets of these tasks. */
  async worker(application: string, tasks: readonly string[], hash = "1", name = newId()): Promise<Session> {
    const slots = 16;
    const session = await this.broker.sessions.open(
      { application, worker: name, tasks: tasks.map((task) => ({ name: task, hash })), slots, held: [] },
      {
        deliver: (deliveries) => {
          queueMicrotask(() => {
            void session.settle(deliveries.map(({ claim }) => ({ kind: "complete", claim })));
            session.credit(deliveries.length);
          });
        },
        cancel: () => {},
        lost: () => {},
      },
    );
    session.credit(slots);
    return session;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#broker?.stop();
    for (const log of this.#logs.values()) await log.close();
    rmSync(this.data, { recursive: true, force: true });
  }
}

export function activation({
  task = "things.quick",
  namespace = "things",
  application = "test",
  parameters = new Uint8Array(),
  headers = new Map(),
  id = newId(),
  deadLetter = false,
}: Sent): Uint8Array {
  return encodeActivation({
    id,
    namespace,
    task,
    application,
    headers,
    receivedAt: Date.now(),
    parameters,
    retry: deadLetter ? { ...NO_RETRY_STATE, onExceeded: "deadletter" } : NO_RETRY_STATE,
    deadline: 30,
    expires: undefined,
    delay: undefined,
  });
}
