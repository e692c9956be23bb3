import { Backoff, NO_JITTER } from "../../base/backoff.js";
import type { Clock } from "../../base/clock.js";
import { messageOf } from "../../base/errors.js";
import type { Logger } from "../../base/logger.js";
import type { Log, LogRecord, ReadRecord } from "../../log/port.js";
import { CONTROL_TOPIC } from "../../model/control-topic.js";
import { controlOf, idOf, written } from "./control.js";
import type { Change, SharedChange } from "./state.js";

/** Controls taken from the topic at a start: anybody may have written it. */
const MOST_READ = 10_000;
/** Records read at a time. */
const BATCH = 1000;
/** How often the topic is asked for new records. */
const POLL_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

/** Header of a record without a value: when a person ended the control, milliseconds. */
const AT_HEADER = "taskwire-at";

/** What a broker learns from the topic. */
interface TopicEvents {
  /** It was read from its beginning to its end. */
  reread(changes: readonly SharedChange[]): void;
  /** Records that came after. */
  read(changes: readonly SharedChange[]): void;
  /** Why it cannot be read at the moment; undefined: it can. */
  problem(problem: string | undefined): void;
}

/**
 * The topic in which the brokers of a pool share their controls: one partition, compacted, key
 * `<consumer group>/<id of the control>`; a record without a value ends the control. It is read without a consumer group,
 * so that every broker reads all of it.
 */
export class ControlTopic {
  readonly #log: Log;
  readonly #group: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #events: TopicEvents;
  readonly #backoff = new Backoff(POLL_MS, LONGEST_WAIT_MS, NO_JITTER);
  /** The next offset to read; undefined: from the beginning. */
  #next: number | undefined;
  #reading: Promise<void> | undefined;
  #problem: string | undefined;
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(
    {
      log,
      group,
      clock,
      logger,
    }: { readonly log: Log; readonly group: string; readonly clock: Clock; readonly logger: Logger },
    events: TopicEvents,
  ) {
    this.#log = log;
    this.#group = group;
    this.#clock = clock;
    this.#logger = logger;
    this.#events = events;
  }

  /** Reads what is there now, and then follows the topic. Never rejects: what goes wrong is tried again. */
  async follow(): Promise<void> {
    if (this.#closed) return;
    let wait = POLL_MS;
    try {
      await this.read();
      this.#backoff.reset();
    } catch (error) {
      this.#report(messageOf(error));
      wait = this.#backoff.next();
    }
    if (!this.#closed) this.#cancel = this.#clock.after(wait, () => void this.follow());
  }

  /** Reads what is there now. */
  read(): Promise<void> {
    this.#reading ??= this.#readToEnd()
      .then(() => this.#report(undefined))
      .finally(() => {
        this.#reading = undefined;
      });
    return this.#reading;
  }

  /** Resolves with the offset of the change's record when it is durable. */
  async append({ id, control, at }: Change): Promise<number> {
    const key = `${this.#group}/${id}`;
    const record: LogRecord =
      control === undefined
        ? { key, value: new Uint8Array(), tombstone: true, headers: { [AT_HEADER]: String(at) } }
        : { key, value: Buffer.from(JSON.stringify(written(control))) };
    const [position] = await this.#log.append(CONTROL_TOPIC, [record], { partition: 0 });
    if (position === undefined) throw new Error("the log named no position");
    return position.offset;
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  async #readToEnd(): Promise<void> {
    const whole = new Map<string, SharedChange>();
    let next = this.#next ?? 0;
    const fromBeginning = this.#next === undefined;
    for (;;) {
      const found = await this.#log.browse(CONTROL_TOPIC, 0, next, BATCH);
      if (this.#closed) return;
      if (!fromBeginning && (found.end < next || found.first > next)) {
        // Another topic has its name now, or records were deleted before they were read.
        this.#next = undefined;
        return this.#readToEnd();
      }
      if (found.damaged !== undefined)
        this.#logger.error("records of the topic of the controls cannot be read and are skipped", {
          topic: CONTROL_TOPIC,
          from: found.damaged.from,
          to: found.next,
          error: found.damaged.error,
        });
      const changes = found.records.flatMap((record) => this.#changeOf(record) ?? []);
      if (fromBeginning) for (const change of changes) collect(whole, change);
      else if (changes.length > 0) this.#events.read(changes);
      const advanced = found.next > next;
      next = Math.max(next, found.next);
      if (!fromBeginning) this.#next = next;
      if (next >= found.end || !advanced) break;
    }
    this.#next = next;
    if (fromBeginning) this.#events.reread([...whole.values()]);
  }

  /** undefined: it belongs to another pool, or nobody knows what it is. */
  #changeOf({ key = "", value, tombstone, headers, offset }: ReadRecord): SharedChange | undefined {
    const prefix = `${this.#group}/`;
    if (!key.startsWith(prefix)) return undefined;
    const id = key.slice(prefix.length);
    if (tombstone === true) return { id, control: undefined, at: Number(headers?.[AT_HEADER] ?? 0), offset };
    try {
      const control = controlOf(JSON.parse(Buffer.from(value).toString()));
      if (idOf(control) !== id) throw new Error(`it describes ${idOf(control)}`);
      return { id, control, at: control.since, offset };
    } catch (error) {
      this.#logger.warn("ignoring an invalid record in the topic of the controls", {
        key,
        offset,
        error: messageOf(error),
      });
      return undefined;
    }
  }

  #report(problem: string | undefined): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#events.problem(problem);
  }
}

function collect(whole: Map<string, SharedChange>, change: SharedChange): void {
  if (change.control === undefined) whole.delete(change.id);
  else if (whole.has(change.id) || whole.size < MOST_READ) whole.set(change.id, change);
}
