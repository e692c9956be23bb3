import type { Kafka } from "kafkajs";
import { TaskwireError } from "../../base/errors.js";
import {
  type AppendOptions,
  type Browsed,
  type Log,
  LogClosedError,
  type LogReader,
  type LogRecord,
  type PartitionBounds,
  type Position,
  type ReadOptions,
} from "../port.js";
import { Administration } from "./administration.js";
import { KafkaAppender } from "./append/appender.js";
import { Browser } from "./browser.js";
import { bareCluster, kafkaClient } from "./connection/client.js";
import { type ClusterNames, TopicMissingError } from "./connection/errors.js";
import { ReaderSockets, Sockets } from "./connection/sockets.js";
import { KafkaReader } from "./read/reader.js";

export interface KafkaLogOptions extends ClusterNames {
  /** How soon a silent reader loses its partitions, milliseconds; default 45 s. */
  readonly sessionMs?: number;
}

export interface KafkaLog extends Log {
  /** Connects now instead of on first use; rejects when the cluster cannot be used. */
  open(): Promise<void>;
  readonly administration: Administration;
}

/** The log of a Kafka cluster. Its variables must be resolved (model/variables.ts). */
export function kafkaLog(options: KafkaLogOptions): KafkaLog {
  return new ClusterLog(options);
}

class ClusterLog implements KafkaLog {
  readonly administration: Administration;
  readonly #options: KafkaLogOptions;
  readonly #sockets = new Sockets();
  readonly #kafka: Kafka;
  readonly #appender: KafkaAppender;
  readonly #browser: Browser;
  readonly #readers = new Set<LogReader>();
  #closing: Promise<void> | undefined;

  constructor(options: KafkaLogOptions) {
    this.#options = options;
    this.#kafka = kafkaClient(options.cluster, { sockets: this.#sockets });
    this.administration = new Administration(this.#kafka, this.#sockets, options);
    this.#browser = new Browser(bareCluster(this.#kafka, "taskwire"), options);
    this.#appender = new KafkaAppender(bareCluster(this.#kafka, "taskwire"), options, (topic, anew) =>
      this.administration.limitOf(topic, anew),
    );
  }

  async open(): Promise<void> {
    await this.#sockets.during(() => this.#appender.connect());
  }

  async append(
    topic: string,
    records: readonly LogRecord[],
    { uniqueKey, partition }: AppendOptions = {},
  ): Promise<Position[]> {
    if (uniqueKey !== undefined) {
      throw new TaskwireError("unique_key", "Kafka has no unique keys; brokers recognize records by their ids");
    }
    return this.#sockets.during(() => this.#appender.append(topic, records, partition));
  }

  read(topics: readonly string[], options: ReadOptions): LogReader {
    if (this.#closing !== undefined) throw new LogClosedError();
    const { cluster, sessionMs } = this.#options;
    // Two clusters of an environment may be the same Kafka; each of them has its own reader.
    const clientId = ["taskwire", options.journal, cluster.name].map(encodeURIComponent).join(".");
    const sockets = new ReaderSockets();
    const reader: LogReader = new KafkaReader(
      { cluster: bareCluster(kafkaClient(cluster, { clientId, sockets }), options.group), clientId, sockets },
      this.#options,
      topics,
      { ...options, sessionMs: options.sessionMs ?? sessionMs },
      () => this.#readers.delete(reader),
    );
    this.#readers.add(reader);
    return reader;
  }

  async everRead(topic: string, group: string): Promise<boolean> {
    if (this.#closing !== undefined) throw new LogClosedError();
    return this.administration.everRead(topic, group);
  }

  async needs(topics: readonly string[]): Promise<void> {
    const found = await this.administration.partitionsOf(topics);
    const missing = topics.filter((topic) => found.get(topic) === undefined);
    if (missing.length > 0) throw new TopicMissingError(missing, this.#options);
  }

  partitions(topic: string): Promise<PartitionBounds[]> {
    return this.#sockets.during(() => this.#browser.partitions(topic));
  }

  browse(topic: string, partition: number, from: number, limit: number): Promise<Browsed> {
    return this.#sockets.during(() => this.#browser.browse(topic, partition, from, limit));
  }

  close(): Promise<void> {
    this.#closing ??= this.#sockets.during(() => this.#close());
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#readers].map((reader) => reader.close()));
    await this.#appender.close();
    await this.#browser.close();
    await this.administration.close();
  }
}
