import {
  type AppendOptions,
  type Log,
  type LogReader,
  type LogRecord,
  type Place,
  type Position,
  type ReadOptions,
  RecordTooLargeError,
} from "#runtime/log/port.js";

/** What happens to appends to a topic, as the test says at the moment. */
export class AppendFaults {
  /** Topics that take nothing and delete nothing. */
  readonly away = new Set<string>();
  /** Largest value that a topic takes, bytes. */
  readonly largest = new Map<string, number>();
  /** Appends that were tried, by topic. */
  readonly tried = new Map<string, number>();
}

/** A log whose appends fail on command; all else is the log behind it. */
export class FaultyLog implements Log {
  readonly #log: Log;
  readonly #faults: AppendFaults;

  constructor(log: Log, faults: AppendFaults) {
    this.#log = log;
    this.#faults = faults;
  }

  async append(topic: string, records: readonly LogRecord[], options?: AppendOptions): Promise<Position[]> {
    const { away, largest, tried } = this.#faults;
    tried.set(topic, (tried.get(topic) ?? 0) + 1);
    if (away.has(topic)) throw new Error(`${topic} is away`);
    const limit = largest.get(topic) ?? Number.POSITIVE_INFINITY;
    const large = records.find(({ value }) => value.length > limit);
    if (large !== undefined) throw new RecordTooLargeError(topic, large.value.length, limit);
    return this.#log.append(topic, records, options);
  }

  read(topics: readonly string[], options: ReadOptions): LogReader {
    return this.#log.read(topics, options);
  }

  everRead(topic: string, group: string): Promise<boolean> {
    return this.#log.everRead(topic, group);
  }

  partitions: Log["partitions"] = (topic) => this.#log.partitions(topic);

  browse: Log["browse"] = (topic, partition, from, limit) => this.#log.browse(topic, partition, from, limit);

  async trim(topic: string, before: number): Promise<void> {
    if (this.#faults.away.has(topic)) throw new Error(`${topic} is away`);
    await this.#log.trim?.(topic, before);
  }

  async scrub(topic: string, places: readonly Place[]): Promise<void> {
    await this.#log.scrub?.(topic, places);
  }

  close(): Promise<void> {
    return this.#log.close();
  }
}
