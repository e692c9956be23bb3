import { type Close, closeInOrder } from "../../base/closing.js";
import type { Logger } from "../../base/logger.js";

/**
 * What a broker has started, and how it is undone: first the drain brings what is in flight to rest, then what it runs on is
 * closed. Whoever starts something adds its step at once, so that a start that fails anywhere leaves nothing open.
 */
export class Shutdown {
  readonly #logger: Logger;
  readonly #drain: Close[] = [];
  readonly #closers: Close[] = [];
  #done: Promise<void> | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** A step of the drain; the last one added runs first. */
  onDrain(step: Close): void {
    this.#drain.push(step);
  }

  /** Closes something that the drain still needs; the last one added runs first. */
  onClose(close: Close): void {
    this.#closers.push(close);
  }

  /** Runs once, however often it is called. Rejects with the first error, after everything else is closed. */
  run(): Promise<void> {
    this.#done ??= closeInOrder([...this.#drain.reverse(), ...this.#closers.reverse()], this.#logger);
    return this.#done;
  }
}
