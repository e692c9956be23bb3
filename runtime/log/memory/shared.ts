import { shared } from "../../base/shared.js";
import { type Log, LogClosedError, type LogReader } from "../port.js";
import { type MemoryLog, memoryLog } from "./log.js";

interface Shared {
  readonly log: MemoryLog;
  users: number;
}

const logs = shared("memory-logs", () => new Map<string, Shared>());

/** The memory log of that name in this process; its records are gone when its last user has closed it. */
export function sharedMemoryLog(name: string): Log {
  const known = logs.get(name) ?? { log: memoryLog(), users: 0 };
  logs.set(name, known);
  known.users += 1;
  return new SharedLog(known.log, async () => {
    known.users -= 1;
    if (known.users > 0) return;
    logs.delete(name);
    await known.log.close();
  });
}

class SharedLog implements Log {
  readonly #log: MemoryLog;
  readonly #release: () => Promise<void>;
  readonly #readers = new Set<LogReader>();
  #closed = false;

  constructor(log: MemoryLog, release: () => Promise<void>) {
    this.#log = log;
    this.#release = release;
  }

  append: Log["append"] = async (topic, records, options) => {
    if (this.#closed) throw new LogClosedError();
    return this.#log.append(topic, records, options);
  };

  read: Log["read"] = (topics, options) => {
    if (this.#closed) throw new LogClosedError();
    const reader = this.#log.read(topics, options);
    this.#readers.add(reader);
    return reader;
  };

  everRead: Log["everRead"] = async (topic, group) => {
    if (this.#closed) throw new LogClosedError();
    return this.#log.everRead(topic, group);
  };

  partitions: Log["partitions"] = async (topic) => {
    if (this.#closed) throw new LogClosedError();
    return this.#log.partitions(topic);
  };

  browse: Log["browse"] = async (topic, partition, from, limit) => {
    if (this.#closed) throw new LogClosedError();
    return this.#log.browse(topic, partition, from, limit);
  };

  trim: MemoryLog["trim"] = async (topic, before) => {
    if (this.#closed) throw new LogClosedError();
    return this.#log.trim(topic, before);
  };

  scrub: MemoryLog["scrub"] = async (topic, places) => {
    if (this.#closed) throw new LogClosedError();
    return this.#log.scrub(topic, places);
  };

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const reader of this.#readers) await reader.close();
    await this.#release();
  }
}
