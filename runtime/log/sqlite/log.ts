import { isAbsolute } from "node:path";
import { type Clock, systemClock } from "../../base/clock.js";
import { TaskwireError } from "../../base/errors.js";
import {
  type AppendOptions,
  type Browsed,
  type Log,
  LogClosedError,
  type LogReader,
  type LogRecord,
  NoPartitionError,
  type PartitionBounds,
  type Place,
  type Position,
  type ReadOptions,
} from "../port.js";
import { UniqueKeyError } from "../unique-keys.js";
import { Appender } from "./appender.js";
import { Browser } from "./browser.js";
import { Channel } from "./channel.js";
import { DEFAULT_BUSY_TIMEOUT_MS, type SqliteLogOptions } from "./options.js";
import { SqliteReader } from "./reader.js";

export interface SqliteLog extends Log {
  trim(topic: string, before: number): Promise<void>;
  scrub(topic: string, places: readonly Place[]): Promise<void>;
  /** Opens the file now instead of on first use; rejects when it cannot be opened. */
  open(): Promise<void>;
}

/** The embedded log: one SQLite file. Several processes may append to it while one reads a topic. */
export function sqliteLog(options: SqliteLogOptions): SqliteLog {
  return new EmbeddedLog(options);
}

class EmbeddedLog implements SqliteLog {
  readonly #clock: Clock;
  readonly #channel: Channel;
  readonly #appender: Appender;
  readonly #browser: Browser;
  readonly #readers = new Map<number, SqliteReader>();
  #lastReader = 0;
  #closing: Promise<void> | undefined;

  constructor({ file, clock = systemClock(), busyTimeout = DEFAULT_BUSY_TIMEOUT_MS, maxBytes }: SqliteLogOptions) {
    if (!isAbsolute(file)) {
      throw new TaskwireError("bad_log_file", `expected the absolute path of an embedded log, got "${file}"`);
    }
    this.#clock = clock;
    this.#channel = new Channel(
      { file, busyTimeout, maxBytes },
      (notification) => this.#readers.get(notification.reader)?.take(notification),
      (error) => {
        for (const reader of this.#readers.values()) reader.fail(error);
      },
    );
    this.#browser = new Browser(this.#channel, clock);
    this.#appender = new Appender(this.#channel, clock);
  }

  async open(): Promise<void> {
    await this.#channel.request({ kind: "open" });
  }

  async append(
    topic: string,
    records: readonly LogRecord[],
    { uniqueKey, partition = 0 }: AppendOptions = {},
  ): Promise<Position[]> {
    if (uniqueKey !== undefined && records.length !== 1) throw new UniqueKeyError(records.length);
    if (partition !== 0) throw new NoPartitionError(topic, partition, 1);
    if (records.length === 0) return [];
    return this.#appender.append(topic, records, uniqueKey);
  }

  read(topics: readonly string[], options: ReadOptions): LogReader {
    if (this.#closing !== undefined) throw new LogClosedError();
    const number = ++this.#lastReader;
    const reader = new SqliteReader(number, this.#channel, this.#clock, topics, options, () => {
      this.#readers.delete(number);
    });
    this.#readers.set(number, reader);
    return reader;
  }

  async everRead(topic: string): Promise<boolean> {
    const answer = await this.#channel.request({ kind: "everRead", topic });
    return answer.kind === "everRead" && answer.ever;
  }

  partitions(topic: string): Promise<PartitionBounds[]> {
    return this.#browser.partitions(topic);
  }

  browse(topic: string, partition: number, from: number, limit: number): Promise<Browsed> {
    return this.#browser.browse(topic, partition, from, limit);
  }

  trim(topic: string, before: number): Promise<void> {
    return this.#browser.trim(topic, before);
  }

  scrub(topic: string, places: readonly Place[]): Promise<void> {
    return this.#browser.scrub(topic, places);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#appender.close();
    await Promise.all([...this.#readers.values()].map((reader) => reader.close()));
    await this.#channel.close();
  }
}
