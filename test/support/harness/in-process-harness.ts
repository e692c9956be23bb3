import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "@msgpack/msgpack";
import type { EnvironmentModel } from "taskwire/model";
import { startWorker, type Worker } from "taskwire/worker";
import type { Activation } from "#runtime/activation/activation.js";
import { encodeActivation, NO_RETRY_STATE } from "#runtime/activation/encoding/codec.js";
import type { Registry } from "#runtime/activation/registry.js";
import type { LogFields, Logger } from "#runtime/base/logger.js";
import { type Broker, startBroker } from "#runtime/broker/broker.js";
import type { Limits } from "#runtime/broker/inflight/limits.js";
import { openLog } from "#runtime/log/open.js";
import type { Log, LogRecord, ReadRecord } from "#runtime/log/port.js";
import type { Status } from "#runtime/operations/status/document.js";
import { AppendFaults, FaultyLog } from "../faulty-log.js";
import { SkippingClock } from "../skipping-clock.js";
import { recordsOf } from "../topic.js";
import { until } from "../waiting.js";

/** Activations of one append. */
const BATCH = 1000;

/**
 * A broker and a worker in this process, their files real, their time the test's: parts of it can be skipped, and
 * appends of the broker fail on command.
 */
export class InProcessHarness implements AsyncDisposable {
  readonly clock = new SkippingClock();
  readonly faults = new AppendFaults();
  /** What the broker said. */
  readonly said: { readonly message: string; readonly fields: LogFields }[] = [];
  readonly #data = mkdtempSync(join(tmpdir(), "taskwire-resident-"));
  readonly #environment: EnvironmentModel;
  readonly #limits: Partial<Limits>;
  #log: Log | undefined;
  #broker: Broker | undefined;
  #worker: Worker | undefined;

  constructor(environment: EnvironmentModel, limits: Partial<Limits> = {}) {
    this.#environment = environment;
    this.#limits = limits;
  }

  async startBroker(): Promise<void> {
    const record = (message: string, fields: LogFields = {}) => void this.said.push({ message, fields });
    const logger: Logger = { debug: record, info: record, warn: record, error: record };
    this.#broker = await startBroker({
      environment: this.#environment,
      pool: "default",
      dataFolder: this.#data,
      logger,
      clock: this.clock,
      limits: this.#limits,
      openLog: async (cluster, folder) => new FaultyLog(await openLog(cluster, folder), this.faults),
    });
  }

  async startWorker(registry: Registry, concurrency: number): Promise<void> {
    if (this.#broker === undefined) throw new Error("the broker does not run");
    this.#worker = await startWorker({
      registry,
      sessions: [{ name: "this process", port: this.#broker.sessions }],
      concurrency,
      isolation: "none",
      clock: this.clock,
    });
  }

  async stop(): Promise<void> {
    await this.#worker?.stop();
    await this.#broker?.stop();
    this.#worker = undefined;
    this.#broker = undefined;
  }

  status(): Promise<Status> {
    if (this.#broker === undefined) throw new Error("the broker does not run");
    return this.#broker.status();
  }

  /** Waits until the counts are as wanted. */
  reached(wanted: (status: Status) => boolean): Promise<Status> {
    return until(async () => {
      const status = await this.status();
      return wanted(status) ? status : undefined;
    }, 5);
  }

  /** Appends activations, received now. */
  async send(activations: readonly Partial<Activation>[]): Promise<void> {
    const log = await this.log();
    for (let from = 0; from < activations.length; from += BATCH) {
      const records = activations.slice(from, from + BATCH).map((each) => this.#record(each));
      await log.append(this.topic, records);
    }
  }

  get topic(): string {
    return this.#environment.topics[0]?.name ?? "";
  }

  async deadLetters(): Promise<ReadRecord[]> {
    return recordsOf(await this.log(), this.#environment.topics[0]?.deadLetter ?? "");
  }

  /** The log without faults. */
  async log(): Promise<Log> {
    const [cluster] = this.#environment.clusters;
    if (cluster === undefined) throw new Error("the environment has no cluster");
    this.#log ??= await openLog(cluster, this.#data);
    return this.#log;
  }

  #record(change: Partial<Activation>): LogRecord {
    return {
      value: encodeActivation({
        id: "",
        namespace: "faults",
        task: "faults.quick",
        application: "faults",
        headers: new Map(),
        receivedAt: this.clock.now(),
        parameters: encode({ args: [], kwargs: { n: 0 } }),
        retry: NO_RETRY_STATE,
        deadline: 30,
        expires: undefined,
        delay: undefined,
        ...change,
      }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#log?.close();
    rmSync(this.#data, { recursive: true, force: true });
  }
}
