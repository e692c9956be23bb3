import type { State } from "../../../activation/states.js";
import type { PauseReason } from "../../../operations/status/causes.js";
import type { Limits } from "../limits.js";

/** How much of a topic is in flight, in memory or not, and why its reading is paused. */
export interface TopicLoad {
  /** Pending, and ended but not yet published. */
  pending: number;
  processing: number;
  delayed: number;
  parked: number;
  readonly paused: Set<PauseReason>;
}

/** What pauses the reading of all topics. */
interface Pressure {
  /** Payloads in memory. */
  readonly liveBytes: number;
  /** Changes that no commit holds yet. */
  readonly uncommitted: number;
}

/** Reading pauses at the limit, and resumes at this share of it. */
const RESUME_SHARE = 0.75;

/** How much of each topic is in flight, and which topics must not be read at the moment. */
export class Backpressure {
  readonly #limits: Limits;
  readonly #topics = new Map<string, TopicLoad>();
  /** Bytes in use of the in-flight file. */
  #disk = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Number of topics. */
  get size(): number {
    return this.#topics.size;
  }

  get diskBytes(): number {
    return this.#disk;
  }

  topic(name: string): TopicLoad {
    let load = this.#topics.get(name);
    if (load === undefined) {
      load = { pending: 0, processing: 0, delayed: 0, parked: 0, paused: new Set() };
      this.#topics.set(name, load);
    }
    return load;
  }

  [Symbol.iterator](): IterableIterator<[string, TopicLoad]> {
    return this.#topics.entries();
  }

  count(topic: string, state: State, by: number): void {
    const load = this.topic(topic);
    if (state === "retry" || state === "failure") load.pending += by;
    else load[state] += by;
  }

  disk(bytes: number): void {
    this.#disk = bytes;
  }

  /** Decides for every topic after an event; `changed` is called for each one to be paused or resumed. */
  review({ liveBytes, uncommitted }: Pressure, changed: (kind: "pause" | "resume", topic: string) => void): void {
    const { maxPendingCount, maxDelayCount, maxDisk, maxLiveBytes, maxUncommitted } = this.#limits;
    for (const [topic, load] of this.#topics) {
      const { paused } = load;
      const before = paused.size;
      judge(paused, "max_pending_count", load.pending, maxPendingCount);
      judge(paused, "max_delay_count", load.delayed, maxDelayCount);
      judge(paused, "max_disk", this.#disk, maxDisk);
      judge(paused, "memory", liveBytes, maxLiveBytes);
      judge(paused, "journal", uncommitted, maxUncommitted);
      if (before === 0 && paused.size > 0) changed("pause", topic);
      else if (before > 0 && paused.size === 0) changed("resume", topic);
    }
  }
}

function judge(paused: Set<PauseReason>, reason: PauseReason, used: number, limit: number): void {
  if (used >= limit) paused.add(reason);
  else if (paused.size > 0 && used <= limit * RESUME_SHARE) paused.delete(reason);
}
