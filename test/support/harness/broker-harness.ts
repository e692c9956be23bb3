import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EnvironmentModel, PoolModel } from "taskwire/model";
import type { Activation } from "#runtime/activation/activation.js";
import { encodeActivation, NO_RETRY_STATE } from "#runtime/activation/encoding/codec.js";
import { silentLogger } from "#runtime/base/logger.js";
import { type Broker, startBroker } from "#runtime/broker/broker.js";
import type { Status } from "#runtime/broker/index.js";
import { openLog } from "#runtime/log/open.js";
import type { Log, ReadRecord } from "#runtime/log/port.js";
import { SkippingClock } from "../skipping-clock.js";
import { ConsumerClient } from "../wire/consumer-client.js";

const CLUSTER = { name: "local", kind: "sqlite", file: "log.db" } as const;

/** A broker in this process, with its files in a fresh folder and its services on a free port. */
export class BrokerHarness implements AsyncDisposable {
  readonly data = mkdtempSync(join(tmpdir(), "taskwire-broker-"));
  readonly clock = new SkippingClock();
  readonly #environment: EnvironmentModel;
  readonly #clients: ConsumerClient[] = [];
  #log: Log | undefined;
  #broker: Broker | undefined;

  constructor(pool: Partial<PoolModel> = {}) {
    this.#environment = {
      name: "test",
      clusters: [CLUSTER],
      topics: [{ name: "work", cluster: "local", partitions: 1, deadLetter: "work-dlq", retry: "work" }],
      routes: [{ namespace: "*", topic: "work" }],
      pools: [
        {
          name: "default",
          topics: ["work"],
          group: "test.test.default",
          maxPendingCount: 200_000,
          maxProcessingCount: 200_000,
          maxProcessingAttempts: 5,
          maxProcessingDeadline: 3_600_000,
          ...pool,
        },
      ],
    };
  }

  static async start(pool: Partial<PoolModel> = {}): Promise<BrokerHarness> {
    const harness = new BrokerHarness(pool);
    await harness.start();
    return harness;
  }

  async start(): Promise<void> {
    this.#broker = await startBroker({
      environment: this.#environment,
      pool: "default",
      dataFolder: this.data,
      listen: "127.0.0.1:0",
      logger: silentLogger,
      clock: this.clock,
    });
  }

  async stop(): Promise<void> {
    for (const client of this.#clients.splice(0)) client.close();
    await this.#broker?.stop();
    this.#broker = undefined;
  }

  /** HOST:PORT; another one after each start. */
  get address(): string {
    return this.#broker?.address ?? "";
  }

  /** A new connection. */
  client(): ConsumerClient {
    const client = new ConsumerClient(this.address);
    this.#clients.push(client);
    return client;
  }

  async status(): Promise<Status> {
    if (this.#broker === undefined) throw new Error("the broker does not run");
    return this.#broker.status();
  }

  /** Appends activations to the topic; the bytes of each. */
  async send(...activations: readonly Partial<Activation>[]): Promise<Uint8Array[]> {
    const bytes = activations.map(encoded);
    for (let from = 0; from < bytes.length; from += 1000) await this.append(...bytes.slice(from, from + 1000));
    return bytes;
  }

  async append(...values: readonly Uint8Array[]): Promise<void> {
    this.#log ??= await openLog(CLUSTER, this.data);
    await this.#log.append(
      "work",
      values.map((value) => ({ value })),
    );
  }

  /** The first dead letters, this many. */
  async deadLetters(count: number): Promise<ReadRecord[]> {
    this.#log ??= await openLog(CLUSTER, this.data);
    const reader = this.#log.read(["work-dlq"], { group: "test", journal: "the test" });
    const found: ReadRecord[] = [];
    for await (const event of reader) {
      if (event.kind === "batch") found.push(...event.records);
      if (found.length >= count) break;
    }
    await reader.close();
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#log?.close();
    rmSync(this.data, { recursive: true, force: true });
  }
}

let last = 0;

/** An activation of `things.quick` as it is encoded, changed as asked; each has an id of its own. */
export function encoded(activation: Partial<Activation>): Uint8Array {
  last += 1;
  return encodeActivation({
    id: `a${last}`,
    namespace: "things",
    task: "things.quick",
    application: "app",
    headers: new Map(),
    receivedAt: Date.now(),
    parameters: new Uint8Array(0),
    retry: NO_RETRY_STATE,
    deadline: 30,
    expires: undefined,
    delay: undefined,
    ...activation,
  });
}
