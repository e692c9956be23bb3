import type { Effect, PauseReason } from "../events.js";
import type { Limits } from "../limits.js";
import type { State } from "../row.js";

/** How much of a topic is in flight, live or not, and why its reading is held back. */
export interface TopicLoad {
  /** Pending, and ended but not yet published. */
  pending: number;
  processing: number;
  delayed: number;
  parked: number;
  readonly paused: Set<PauseReason>;
}

/** What holds the reading of all topics back. */
export interface Pressure {
  /** Payloads in memory. */
  readonly liveBytes: number;
  /** Changes that no commit holds yet. */
  readonly uncommitted: number;
}

/** Held back at the limit, released at this share of it. */
const RESUME_SHARE = 0.75;

/** How much of each topic is in flight, and which topics are not to be read at the moment. */
export class Reading {
  readonly #limits: Limits;
  readonly #emit: (effect: Effect) => void;
  readonly #topics = new Map<string, TopicLoad>();
  /** Bytes in use of the in-flight file. */
  #disk = 0;

  constructor(limits: Limits, emit: (effect: Effect) => void) {
    this.#limits = limits;
    this.#emit = emit;
  }

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

  all(): Iterable<[string, TopicLoad]> {
    return this.#topics;
  }

  count(topic: string, state: State, by: number): void {
    const load = this.topic(topic);
    if (state === "retry" || state === "failure") load.pending += by;
    else load[state] += by;
  }

  disk(bytes: number): void {
    this.#disk = bytes;
  }

  /** Decides for every topic; to be called when an event is done. */
  review({ liveBytes, uncommitted }: Pressure): void {
    const { maxPendingCount, maxDelayCount, maxDisk, maxLiveBytes, maxUncommitted } = this.#limits;
    for (const [topic, load] of this.#topics) {
      const { paused } = load;
      const before = paused.size;
      judge(paused, "max_pending_count", load.pending, maxPendingCount);
      judge(paused, "max_delay_count", load.delayed, maxDelayCount);
      judge(paused, "max_disk", this.#disk, maxDisk);
      judge(paused, "memory", liveBytes, maxLiveBytes);
      judge(paused, "journal", uncommitted, maxUncommitted);
      if (before === 0 && paused.size > 0) this.#emit({ kind: "pause", topic });
      else if (before > 0 && paused.size === 0) this.#emit({ kind: "resume", topic });
    }
  }
}

function judge(paused: Set<PauseReason>, reason: PauseReason, used: number, limit: number): void {
  if (used >= limit) paused.add(reason);
  else if (paused.size > 0 && used <= limit * RESUME_SHARE) paused.delete(reason);
}
