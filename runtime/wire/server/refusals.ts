import type { Clock } from "../../base/clock.js";
import type { Logger } from "../../base/logger.js";
import { cut } from "../../base/text.js";

/** Refusals are logged together, at most once in this time. */
const TELL_EVERY_MS = 10_000;

/** Pairs of peer and cause that are counted; the one that was refused longest ago gives way. */
const MOST_COUNTED = 64;
/** Characters of a cause that are kept. */
const LONGEST_CAUSE = 300;

/** Refused calls of one peer for one cause, since the start. */
export interface Refused {
  /** Its address, without the port. */
  readonly peer: string;
  readonly cause: string;
  readonly count: number;
  /** When the last one was refused. */
  readonly at: number;
}

/** Counts refused calls, and logs them at a limited rate, so that refused callers cannot flood the log. */
export class Refusals {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #counts = new Map<string, number>();
  /** The one that was refused last is the last. */
  readonly #byPeer = new Map<string, Refused>();
  #last: { readonly method: string; readonly peer: string } | undefined;
  #quietUntil = 0;
  #armed = false;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** The pairs of peer and cause that were refused last, the last one first. */
  get counted(): Refused[] {
    return [...this.#byPeer.values()].reverse();
  }

  /** Counts a call that its handler refused; it is not logged. */
  count(cause: string, peer: string): void {
    const address = peer.slice(0, Math.max(peer.lastIndexOf(":"), 0)) || peer;
    const short = cut(cause, LONGEST_CAUSE);
    const key = `${address} ${short}`;
    const count = (this.#byPeer.get(key)?.count ?? 0) + 1;
    this.#byPeer.delete(key);
    this.#byPeer.set(key, { peer: address, cause: short, count, at: this.#clock.now() });
    const [oldest] = this.#byPeer.keys();
    if (this.#byPeer.size > MOST_COUNTED && oldest !== undefined) this.#byPeer.delete(oldest);
  }

  /** `reason` is one of a few constant strings. */
  add(reason: string, method: string, peer: string): void {
    this.count(reason, peer);
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
    this.#last = { method, peer };
    if (this.#armed) return;
    const wait = this.#quietUntil - this.#clock.now();
    if (wait <= 0) {
      this.#tell();
      return;
    }
    this.#armed = true;
    this.#clock.after(wait, () => {
      this.#armed = false;
      this.#tell();
    });
  }

  #tell(): void {
    this.#quietUntil = this.#clock.now() + TELL_EVERY_MS;
    this.#logger.warn("calls were refused", { refused: Object.fromEntries(this.#counts), last: this.#last });
    this.#counts.clear();
  }
}
