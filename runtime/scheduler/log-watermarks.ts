import { messageOf } from "../base/errors.js";
import { newId } from "../base/ids.js";
import type { Logger } from "../base/logger.js";
import type { Log, LogReader, ReadRecord } from "../log/port.js";
import type { Watermark } from "./decide.js";
import { pauseOf, textOf, watermarkOf, watermarkText } from "./state-codec.js";
import type { EntryState, Watermarks } from "./watermarks.js";

/** One partition, compacted: the last record of each key counts. */
export const SCHEDULE_TOPIC = "taskwire-schedule";

const MARK = "mark:";
const PAUSE = "pause:";
const LONGEST_PAUSE_MS = 30_000;
/** Another scheduler takes over so soon from one that died. */
const SESSION_MS = 10_000;

interface LogWatermarksOptions {
  readonly log: Log;
  /** Consumer group: one of its schedulers owns the topic. */
  readonly group: string;
  readonly logger: Logger;
  /** Wire names of the tasks whose state is kept. Records of others are passed over: anybody may have written them. */
  readonly tasks: ReadonlySet<string>;
  /** Hears why the topic cannot be read; it is not tried again then. Default: it is, and the logger hears. */
  readonly failed?: ((error: unknown) => void) | undefined;
}

/**
 * Watermarks as records of a topic. The process that its partition is assigned to owns them, once it has read to the end;
 * positions are never committed, so that each owner reads all of it.
 */
export class LogWatermarks implements Watermarks {
  readonly #options: LogWatermarksOptions;
  /** It is nobody's successor: what the others have is theirs. */
  readonly #journal = newId();
  #states = new Map<string, EntryState>();
  #owned = false;
  #reader: LogReader | undefined;
  #reading: Promise<void> | undefined;
  #closed = false;
  #wake: () => void = () => {};

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
    this.#closed = true;
    this.#owned = false;
    this.#wake();
    await this.#reader?.close();
    await this.#reading;
  }

  async #readOn(changed: () => void): Promise<void> {
    for (let pause = 1000; !this.#closed; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        await this.#readOnce(changed, () => {
          pause = 1000;
        });
      } catch (error) {
        if (this.#options.failed !== undefined) return this.#options.failed(error);
        this.#options.logger.error("cannot read the schedule's topic; it is tried again", {
          topic: SCHEDULE_TOPIC,
          error: messageOf(error),
          pause,
        });
      }
      this.#owned = false;
      changed();
      if (!this.#closed) await this.#rest(pause);
    }
  }

  async #readOnce(changed: () => void, progress: () => void): Promise<void> {
    const { log, group } = this.#options;
    const reader = log.read([SCHEDULE_TOPIC], { group, journal: this.#journal, session: SESSION_MS });
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
        this.#owned = position >= end && !this.#closed;
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
      // Only the owner writes watermarks: its own come back later than it knows them.
      if (key.startsWith(MARK) && !this.#owned) {
        this.#states.set(task, { ...this.stateOf(task), watermark: watermarkOf(text) });
      } else if (key.startsWith(PAUSE)) {
        this.#states.set(task, { ...this.stateOf(task), pause: pauseOf(text) });
      }
    } catch (error) {
      this.#options.logger.warn("a record of the schedule's topic is not understood and left out", {
        key,
        error: messageOf(error),
      });
    }
  }

  #rest(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
