import type { ReadEvent } from "./port.js";

interface Waiting {
  readonly resolve: (result: IteratorResult<ReadEvent>) => void;
  readonly reject: (error: unknown) => void;
}

/** The iterator of a reader. It takes an event from its source only when the consumer asks for one. */
export class EventStream implements AsyncIterableIterator<ReadEvent> {
  /** The next event, undefined while there is none. */
  readonly #take: () => ReadEvent | undefined;
  /** Called when the consumer starts (true) and stops (false) waiting for an event. */
  readonly #onWaiting: (waiting: boolean) => void;
  /** Called when a `for await` is left. */
  readonly #onReturn: () => Promise<void>;
  readonly #waiting: Waiting[] = [];
  #ended = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(take: () => ReadEvent | undefined, onWaiting: (waiting: boolean) => void, onReturn: () => Promise<void>) {
    this.#take = take;
    this.#onWaiting = onWaiting;
    this.#onReturn = onReturn;
  }

  next(): Promise<IteratorResult<ReadEvent>> {
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    const event = this.#waiting.length === 0 ? this.#take() : undefined;
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error);
    if (this.#waiting.length === 0) this.#onWaiting(true);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async return(): Promise<IteratorResult<ReadEvent>> {
    await this.#onReturn();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The source may have events now. */
  wake(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const event = this.#take();
      if (event === undefined) return;
      this.#waiting.shift();
      if (this.#waiting.length === 0) this.#onWaiting(false);
      first.resolve({ done: false, value: event });
    }
  }

  /** Ends the iteration with an error, after the events that can still be taken. */
  fail(error: unknown): void {
    if (this.#ended || this.#failure !== undefined) return;
    this.#failure = { error };
    this.#release((waiting) => waiting.reject(error));
  }

  end(): void {
    this.#ended = true;
    this.#release((waiting) => waiting.resolve({ done: true, value: undefined }));
  }

  #release(settle: (waiting: Waiting) => void): void {
    const released = this.#waiting.splice(0);
    if (released.length > 0) this.#onWaiting(false);
    released.forEach(settle);
  }
}
