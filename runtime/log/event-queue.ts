import type { Batch, ReadEvent } from "./port.js";

interface Waiter {
  readonly resolve: (result: IteratorResult<ReadEvent, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

/** The events of one reader until they are asked for; batches of a paused topic wait. */
export class EventQueue {
  readonly #events: ReadEvent[] = [];
  readonly #waiters: Waiter[] = [];
  readonly #paused = new Set<string>();
  readonly #onTaken: (batch: Batch) => void;
  #failure: { readonly error: unknown } | undefined;
  #ended = false;

  /** `onTaken` hears of every batch at the moment it is handed out. */
  constructor(onTaken: (batch: Batch) => void) {
    this.#onTaken = onTaken;
  }

  push(event: ReadEvent): void {
    if (this.#ended) return;
    // What a reader no longer owns is not handed out.
    if (event.kind === "revoked") this.#drop(event.topic, event.partition);
    this.#events.push(event);
    this.#serve();
  }

  isPaused(topic: string): boolean {
    return this.#paused.has(topic);
  }

  pause(topic: string): void {
    this.#paused.add(topic);
  }

  resume(topic: string): void {
    this.#paused.delete(topic);
    this.#serve();
  }

  next(): Promise<IteratorResult<ReadEvent, undefined>> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#serve();
    });
  }

  /** The next event that is asked for is this error; nothing comes after it. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#failure = { error };
    this.#events.length = 0;
    this.#serve();
  }

  end(): void {
    this.#ended = true;
    this.#events.length = 0;
    this.#serve();
  }

  /** Taking a batch may push the next one: whoever waits is served and gone before onTaken hears of it. */
  #serve(): void {
    while (this.#waiters.length > 0) {
      if (this.#ended) {
        this.#waiters.shift()?.resolve({ done: true, value: undefined });
      } else if (this.#failure !== undefined) {
        const { error } = this.#failure;
        this.#failure = undefined;
        this.#ended = true;
        this.#waiters.shift()?.reject(error);
      } else {
        const index = this.#events.findIndex((event) => event.kind !== "batch" || !this.#paused.has(event.topic));
        const [event] = index < 0 ? [] : this.#events.splice(index, 1);
        if (event === undefined) return;
        this.#waiters.shift()?.resolve({ done: false, value: event });
        if (event.kind === "batch") this.#onTaken(event);
      }
    }
  }

  #drop(topic: string, partition: number): void {
    const kept = this.#events.filter(
      (event) => event.kind !== "batch" || event.topic !== topic || event.partition !== partition,
    );
    this.#events.splice(0, this.#events.length, ...kept);
  }
}
