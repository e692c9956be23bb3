import type { Clock } from "../../base/clock.js";
import { messageOf, TaskwireError } from "../../base/errors.js";
import type { ProblemDocument } from "../../operations/documents/front.js";
import type { Call, Route, WebContext } from "../context.js";
import { json } from "../problem.js";
import { eventOf } from "./board.js";
import { Listener } from "./listener.js";
import { listeningOf, type Topic } from "./listening.js";
import { type KnownSchedules, Poller } from "./poller.js";

/** Further ones are refused. Exported for tests. */
export const MOST_LISTENERS = 64;
/** How long after the last listener what is known is kept, for one that comes back, milliseconds. */
const KEPT_MS = 60_000;
/** The port closes streams that are silent for 30 s, and proxies some that are silent for less. */
const PING_MS = 5000;
/** A listener that reads nothing for this long is dropped, milliseconds. */
const STUCK_MS = 30_000;
/** Timers fire a little early or late. */
const SLACK_MS = 100;
/** When a browser tries again after its stream has ended, and when it should after it was refused. */
const RETRY_MS = 1000;
const RETRY_AFTER_S = 5;

/**
 * GET events: what changes, as server-sent events. All listeners share one poller, which asks the brokers as often as the most
 * demanding listener refreshes, and nothing while there is none.
 */
export class Live {
  readonly #context: Pick<WebContext, "front" | "models" | "logger">;
  readonly #schedules: KnownSchedules;
  readonly #least: number;
  readonly #clock: Clock;
  /** With what ends the watch over the reader. */
  readonly #listeners = new Map<Listener, () => void>();
  #poller: Poller;
  #looking = false;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #closed = false;
  /** Why the last round failed; "": it did not. */
  #fault = "";
  #cancelRound: () => void = () => {};
  #cancelPing: () => void = () => {};
  #cancelForget: () => void = () => {};

  /** `schedules`: default: none are known. */
  constructor(context: WebContext, clock: Clock, schedules: KnownSchedules = { look: async () => undefined }) {
    this.#context = context;
    this.#schedules = schedules;
    this.#least = context.options.refresh;
    this.#clock = clock;
    this.#poller = this.#newPoller();
  }

  get route(): Route {
    return { method: "GET", path: "events", role: "view", ownPool: true, answer: (call) => this.#listen(call) };
  }

  /** Ends all streams. */
  close(): void {
    this.#closed = true;
    for (const listener of this.#listeners.keys()) this.#leave(listener);
    this.#cancelForget();
  }

  #listen({ query, headers, signal }: Call): Response {
    const listening = listeningOf(query, headers, this.#least);
    const { refresh, after, pool } = listening;
    if (this.#closed) return refused(new TaskwireError("console_stopping", "the console stops"));
    if (this.#listeners.size >= MOST_LISTENERS) {
      const message = `${MOST_LISTENERS} pages listen to this console, which is the most; close some of them`;
      return refused(new TaskwireError("too_many_streams", message));
    }
    const now = this.#clock.now();
    const version = after === undefined ? undefined : this.#poller.boardOf(pool).versionOf(after);
    const opened = { resumed: version !== undefined, refresh };
    const greeting = `retry: ${RETRY_MS}\n${eventOf("opened", JSON.stringify(opened))}`;
    const leave = () => this.#leave(listener);
    const listener = new Listener(listening, version ?? 0, greeting, now, leave);
    if (signal.aborted) listener.close();
    else {
      signal.addEventListener("abort", leave);
      this.#listeners.set(listener, () => signal.removeEventListener("abort", leave));
      this.#join(listener, now);
    }
    return new Response(listener.stream, {
      headers: {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        // A proxy that collects answers would hold events back.
        "x-accel-buffering": "no",
      },
    });
  }

  #join(listener: Listener, now: number): void {
    this.#cancelForget();
    if (this.#listeners.size === 1) this.#pingLater();
    const board = this.#poller.boardOf(listener.pool);
    const fresh = board.version > 0 && now - this.#lookedAt < this.#interval() + SLACK_MS;
    if (fresh && !this.#looking) listener.update(board, this.#lookedAt, now);
    this.#plan();
  }

  #leave(listener: Listener): void {
    const unwatch = this.#listeners.get(listener);
    if (unwatch === undefined) return;
    unwatch();
    this.#listeners.delete(listener);
    listener.close();
    if (this.#listeners.size > 0) return;
    this.#cancelRound();
    this.#cancelPing();
    this.#cancelForget = this.#clock.after(KEPT_MS, () => {
      this.#poller = this.#newPoller();
    });
  }

  #newPoller(): Poller {
    return new Poller(this.#context.front, this.#context.models, this.#schedules, this.#clock);
  }

  #interval(): number {
    return Math.min(...[...this.#listeners.keys()].map(({ refresh }) => refresh));
  }

  /** The next round, an interval after the one before, also when all listeners left meanwhile. */
  #plan(): void {
    this.#cancelRound();
    if (this.#listeners.size === 0 || this.#looking) return;
    const wait = this.#lookedAt + this.#interval() - this.#clock.now();
    this.#cancelRound = this.#clock.after(Math.max(0, wait), () => void this.#round());
  }

  async #round(): Promise<void> {
    this.#looking = true;
    this.#lookedAt = this.#clock.now();
    const poller = this.#poller;
    try {
      const listeners = [...this.#listeners.keys()];
      const topics = new Set<Topic>(listeners.flatMap((each) => [...each.topics]));
      await poller.round(topics, new Set(listeners.map(({ pool }) => pool)));
      this.#fault = "";
    } catch (error) {
      this.#failed(messageOf(error));
    }
    const now = this.#clock.now();
    for (const listener of this.#listeners.keys())
      listener.update(this.#poller.boardOf(listener.pool), this.#lookedAt, now);
    this.#looking = false;
    this.#plan();
  }

  /** The same fault every second is one line. */
  #failed(fault: string): void {
    if (fault !== this.#fault)
      this.#context.logger.error("the console cannot show all it was answered", { error: fault });
    this.#fault = fault;
  }

  #pingLater(): void {
    this.#cancelPing = this.#clock.after(PING_MS, () => {
      const now = this.#clock.now();
      for (const listener of this.#listeners.keys()) {
        if (listener.stuck(now) >= STUCK_MS) this.#leave(listener);
        else listener.ping(now, PING_MS - SLACK_MS);
      }
      if (this.#listeners.size > 0) this.#pingLater();
    });
  }
}

function refused({ code, message }: TaskwireError): Response {
  return json(503, { code, message } satisfies ProblemDocument, { "retry-after": String(RETRY_AFTER_S) });
}
