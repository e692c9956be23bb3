import { keyOf } from "../../base/topic-partition.js";
import type { MemoryLog } from "../../log/memory/log.js";
import type { Log, LogReader, LogRecord, Position, ReadEvent, ReadOptions } from "../../log/port.js";

interface LogWatcher {
  /** Called when records are in the log. */
  appended(topic: string, records: readonly LogRecord[]): void;
}

/** A log that tracks how far each topic has been written and how far it has been read. */
export class WatchedLog implements Log {
  readonly #log: MemoryLog;
  readonly #watcher: LogWatcher;
  readonly #ends = new Map<string, number>();
  readonly #taken = new Map<string, number>();

  constructor(log: MemoryLog, watcher: LogWatcher) {
    this.#log = log;
    this.#watcher = watcher;
  }

  /** Whether the readers have processed all records of these topics. */
  isTakenIn(topics: ReadonlySet<string>): boolean {
    return [...this.#ends].every(([place, end]) => {
      const [topic = ""] = place.split("\0");
      return !topics.has(topic) || (this.#taken.get(place) ?? 0) >= end;
    });
  }

  async append(...[topic, records, options]: Parameters<Log["append"]>): Promise<Position[]> {
    const positions = await this.#log.append(topic, records, options);
    this.#watcher.appended(topic, records);
    for (const { partition, offset } of positions) advance(this.#ends, topic, partition, offset + 1);
    return positions;
  }

  read(topics: readonly string[], options: ReadOptions): LogReader {
    const reader = this.#log.read(topics, options);
    const taken = this.#taken;
    return {
      commit: (commits) => reader.commit(commits),
      pause: (topic) => reader.pause(topic),
      resume: (topic) => reader.resume(topic),
      close: () => reader.close(),
      [Symbol.asyncIterator]: () => watched(reader, taken),
    };
  }

  everRead(topic: string, group: string): Promise<boolean> {
    return this.#log.everRead(topic, group);
  }

  partitions: Log["partitions"] = (topic) => this.#log.partitions(topic);

  browse: Log["browse"] = (topic, partition, from, limit) => this.#log.browse(topic, partition, from, limit);

  trim: MemoryLog["trim"] = (topic, before) => this.#log.trim(topic, before);

  scrub: MemoryLog["scrub"] = (topic, places) => this.#log.scrub(topic, places);

  /** It outlives the brokers that read it. */
  async close(): Promise<void> {}
}

/** A reader that asks for the next event has processed the last one. */
async function* watched(reader: LogReader, taken: Map<string, number>): AsyncGenerator<ReadEvent, void, undefined> {
  for await (const event of reader) {
    yield event;
    if (event.kind !== "batch") continue;
    for (const { offset } of event.records) advance(taken, event.topic, event.partition, offset + 1);
  }
}

/** Moves the position of a partition forward. */
function advance(places: Map<string, number>, topic: string, partition: number, offset: number): void {
  const place = keyOf({ topic, partition });
  places.set(place, Math.max(places.get(place) ?? 0, offset));
}
