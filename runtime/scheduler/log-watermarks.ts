import { Backoff, NO_JITTER } from "../base/backoff.js";
import { messageOf } from "../base/errors.js";
import { newId } from "../base/ids.js";
import type { Logger } from "../base/logger.js";
import { sleep } from "../base/sleep.js";
import type { Log, LogReader, ReadRecord } from "../log/port.js";
import type { Watermark } from "./decide.js";
import { pauseOf, textOf, watermarkOf, watermarkText } from "./state-codec.js";
import type { EntryState, Watermarks } from "./watermarks.js";

/** One partition, compacted: the last record of each key counts. */
export const SCHEDULE_TOPIC = "taskwire-schedule";

const MARK = "mark:";
const PAUSE = "pause:";
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;
/** How soon another scheduler takes over from one that died, milliseconds. */
const SESSION_MS = 10_000;

interface LogWatermarksOptions {
  readonly log: Log;
  /** Consumer group: one of its schedulers owns the topic. */
  readonly group: string;
  readonly logger: Logger;
  /** Wire names of the tasks whose state is read. Records of others are skipped: anybody may have written them. */
  readonly tasks: ReadonlySet<string>;
  /** Called when the topic cannot be read; reading then ends. Default: the error is logged and reading is retried. */
  readonly failed?: ((error: unknown) => void) | undefined;
}

/**
 * Watermarks as records of a topic. The process that has the topic's partition owns them once it has read to the end.
 * Positions are never committed, so each owner reads the whole topic.
 */
export class LogWatermarks implements Watermarks {
  readonly #options: LogWatermarksOptions;
  /** Unique: it takes over nothing from another reader of the group. */
  readonly #journal = newId();
  #states = new Map<string, EntryState>();
  #owned = false;
  #reader: LogReader | undefined;
  #reading: Promise<void> | undefined;
  readonly #closing = new AbortController();

  constructor(options: LogWatermarksOptions) {
    this.#options = options;
  }

  get owned(): boolean {
    return this.#owned;
  }

  async open(changed: () => void): Promise<void> {
    this.#reading = this.#readOn(changed);
  }

  stateOf(task: string): EntryState {
    return this.#states.get(task) ?? {};
  }

  async advance(task: string, before: Watermark | undefined, next: Watermark): Promise<boolean> {
    const current = this.stateOf(task).watermark;
    if (!this.#owned || textOf(current) !== textOf(before)) return false;
    const value = Buffer.from(watermarkText(next));
    await this.#options.log.append(SCHEDULE_TOPIC, [{ key: MARK + task, value }]);
    this.#states.set(task, { ...this.stateOf(task), watermark: next });
    return true;
  }

  async pause(task: string, pause: NonNullable<EntryState["pause"]>): Promise<void> {
    await this.#options.log.append(SCHEDULE_TOPIC, [{ key: PAUSE + task, value: Buffer.from(JSON.stringify(pause)) }]);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#owned = false;
    await this.#reader?.close();
    await this.#reading;
  }

  async #readOn(changed: () => void): Promise<void> {
    const backoff = new Backoff(FIRST_WAIT_MS, LONGEST_WAIT_MS, NO_JITTER);
    while (!this.#closing.signal.aborted) {
      let failure: string | undefined;
      try {
        await this.#readOnce(changed, () => backoff.reset());
      } catch (error) {
        if (this.#options.failed !== undefined) return this.#options.failed(error);
        failure = messageOf(error);
      }
      const pause = backoff.next();
      if (failure !== undefined) {
        const fields = { topic: SCHEDULE_TOPIC, error: failure, pause };
        this.#options.logger.error("cannot read the topic of the schedules; retrying", fields);
      }
      this.#owned = false;
      changed();
      await sleep(pause, this.#closing.signal);
    }
  }

  async #readOnce(changed: () => void, progress: () => void): Promise<void> {
    const { log, group } = this.#options;
    const reader = log.read([SCHEDULE_TOPIC], { group, journal: this.#journal, sessionMs: SESSION_MS });
    this.#reader = reader;
    try {
      let position = 0;
      let end = 0;
      for await (const event of reader) {
        progress();
        switch (event.kind) {
          case "assigned":
            this.#states = new Map();
            position = event.committed ?? event.first;
            end = event.end;
            break;
          case "batch":
            for (const record of event.records) this.#take(record);
            position = event.next ?? (event.records.at(-1)?.offset ?? position - 1) + 1;
            break;
          case "damaged":
            position = event.to;
            break;
          case "revoked":
            end = Number.POSITIVE_INFINITY;
            break;
        }
        this.#owned = position >= end && !this.#closing.signal.aborted;
        changed();
      }
    } finally {
      await reader.close();
    }
  }

  #take({ key = "", value }: ReadRecord): void {
    const task = key.slice(key.indexOf(":") + 1);
    if (!this.#options.tasks.has(task)) return;
    const text = Buffer.from(value).toString();
    try {
      // Only the owner writes watermarks, so it knows its own before it reads them.
      if (key.startsWith(MARK) && !this.#owned) {
        this.#states.set(task, { ...this.stateOf(task), watermark: watermarkOf(text) });
      } else if (key.startsWith(PAUSE)) {
        this.#states.set(task, { ...this.stateOf(task), pause: pauseOf(text) });
      }
    } catch (error) {
      this.#options.logger.warn("ignoring an invalid record in the topic of the schedules", {
        key,
        error: messageOf(error),
      });
    }
  }
}
