import type { Board } from "./board.js";
import type { Listening, Topic } from "./listening.js";

/** Updates that may wait in this process for a listener that reads slowly. */
const MOST_WAITING = 2;
/** Timers fire a little early or late. */
const SLACK_MS = 100;
const PING = new TextEncoder().encode(": ping\n\n");

/** One stream. A listener that reads slowly gets fewer, larger updates: each has all that has changed since the one before. */
export class Listener {
  readonly topics: ReadonlySet<Topic>;
  readonly pool: string | undefined;
  /** Milliseconds between two updates. */
  readonly refresh: number;
  readonly stream: ReadableStream<Uint8Array>;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** The version it has; undefined: it has got nothing yet. */
  #version: number | undefined;
  readonly #resumed: number;
  /** When the brokers were asked for what it has. */
  #updatedAt = Number.NEGATIVE_INFINITY;
  /** When there was room for an update last. */
  #readAt: number;
  #sentAt: number;

  /**
   * `resumed`: the version that it had before it came back, 0: none. `greeting` is sent at once. `now`: milliseconds. `gone`:
   * called when the reader has gone.
   */
  constructor(
    { topics, refresh, pool }: Pick<Listening, "topics" | "refresh" | "pool">,
    resumed: number,
    greeting: string,
    now: number,
    gone: () => void,
  ) {
    this.topics = topics;
    this.pool = pool;
    this.refresh = refresh;
    this.#resumed = resumed;
    this.#readAt = now;
    this.#sentAt = now;
    this.stream = new ReadableStream(
      {
        start: (controller) => {
          this.#controller = controller;
          controller.enqueue(new TextEncoder().encode(greeting));
        },
        cancel: () => {
          this.#controller = undefined;
          gone();
        },
      },
      { highWaterMark: MOST_WAITING },
    );
  }

  /** Sends what has changed, when it is time for it. `lookedAt`: when the brokers were asked for what the board has. */
  update(board: Board, lookedAt: number, now: number): void {
    const waits = lookedAt - this.#updatedAt < this.refresh - SLACK_MS;
    if ((this.#version !== undefined && waits) || !this.#ready(now)) return;
    const update = board.since(this.#version ?? this.#resumed, this.topics);
    this.#version = board.version;
    this.#updatedAt = lookedAt;
    if (update !== undefined) this.#send(update, now);
  }

  /** A comment, so that nobody takes the stream for dead, unless something waits or was sent within `silent` milliseconds. */
  ping(now: number, silent: number): void {
    const isEmpty = this.#controller?.desiredSize === MOST_WAITING;
    if (isEmpty && now - this.#sentAt >= silent) this.#send(PING, now);
  }

  /** How long it has not read, milliseconds. */
  stuck(now: number): number {
    return this.#ready(now) ? 0 : now - this.#readAt;
  }

  /** The stream ends as a complete one. */
  close(): void {
    this.#controller?.close();
    this.#controller = undefined;
  }

  #ready(now: number): boolean {
    const ready = (this.#controller?.desiredSize ?? 0) > 0;
    if (ready) this.#readAt = now;
    return ready;
  }

  #send(bytes: Uint8Array, now: number): void {
    this.#sentAt = now;
    this.#controller?.enqueue(bytes);
  }
}
