import type { Clock } from "../../base/clock.js";
import type { Logger } from "../../base/logger.js";

/** Refusals are logged together, at most once in this time. */
const TELL_EVERY_MS = 10_000;

/** Logs refused calls at a limited rate, so that refused callers cannot flood the log. */
export class Refusals {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #counts = new Map<string, number>();
  #last: { readonly method: string; readonly peer: string } | undefined;
  #quietUntil = 0;
  #armed = false;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** `reason` is one of a few constant strings. */
  add(reason: string, method: string, peer: string): void {
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
