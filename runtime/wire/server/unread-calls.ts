import type { Clock } from "../../base/clock.js";

/** Limits on calls whose request is incomplete: until it is complete, a call is not authenticated. */
export interface UnreadLimits {
  readonly calls: number;
  /** Bytes of all incomplete requests together. */
  readonly bytes: number;
  /** From a call's start to the end of its request, milliseconds. */
  readonly time: number;
}

export const UNREAD_LIMITS: UnreadLimits = { calls: 1024, bytes: 32 * 1024 * 1024, time: 10_000 };

/** The limit by which an incomplete call was dropped. */
type UnreadLimit = keyof UnreadLimits;

interface Unread {
  readonly since: number;
  readonly refuse: (limit: UnreadLimit) => void;
  bytes: number;
}

/** One call whose request is being read. */
interface Reading {
  received(bytes: number): void;
  /** The request is complete, or the call has ended. */
  end(): void;
}

/**
 * The calls whose requests are being read. When a limit is exceeded, the oldest call is dropped: an honest request is
 * complete within moments, so floods of half-open calls and slow requests displace each other, not it.
 */
export class UnreadCalls {
  readonly #limits: UnreadLimits;
  readonly #clock: Clock;
  /** In order of their start. */
  readonly #unread = new Set<Unread>();
  #bytes = 0;
  #armed = false;

  constructor(limits: UnreadLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  get calls(): number {
    return this.#unread.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** `refuse` is called at most once, before end(). */
  begin(refuse: (limit: UnreadLimit) => void): Reading {
    const unread: Unread = { since: this.#clock.now(), refuse, bytes: 0 };
    this.#unread.add(unread);
    if (this.#unread.size > this.#limits.calls) this.#giveWay("calls");
    this.#arm();
    return {
      received: (bytes) => {
        if (!this.#unread.has(unread)) return;
        unread.bytes += bytes;
        this.#bytes += bytes;
        while (this.#bytes > this.#limits.bytes) this.#giveWay("bytes");
      },
      end: () => this.#remove(unread),
    };
  }

  #giveWay(limit: UnreadLimit): void {
    for (const oldest of this.#unread) {
      // For the limit on bytes, the oldest call that holds any.
      if (limit === "bytes" && oldest.bytes === 0) continue;
      this.#remove(oldest);
      oldest.refuse(limit);
      return;
    }
  }

  #remove(unread: Unread): void {
    if (this.#unread.delete(unread)) this.#bytes -= unread.bytes;
  }

  /** One timer for all calls: the oldest is due first. */
  #arm(): void {
    const [oldest] = this.#unread;
    if (this.#armed || oldest === undefined) return;
    this.#armed = true;
    this.#clock.after(oldest.since + this.#limits.time - this.#clock.now(), () => {
      this.#armed = false;
      const due = this.#clock.now() - this.#limits.time;
      for (const unread of this.#unread) {
        if (unread.since > due) break;
        this.#remove(unread);
        unread.refuse("time");
      }
      this.#arm();
    });
  }
}
