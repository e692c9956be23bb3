import type { Clock } from "../../base/clock.js";
import { TaskwireError } from "../../base/errors.js";
import type { Delivery } from "../../wire/session.js";
import type { Conclusion, Event } from "../inflight/events.js";

/** What fetches need of the broker's engine. */
export interface FetchEngine {
  apply(event: Event): void;
  /** Resolves when everything applied until now is on disk; `urgent`: as soon as the journal is free. */
  durable(urgent: boolean): Promise<void>;
}

export interface FetchWish {
  /** undefined: of any. */
  readonly application: string | undefined;
  /** Only with an application; undefined: of any. */
  readonly namespace: string | undefined;
  /** Milliseconds that it waits for new work; 0: answered at once. */
  readonly hold: number;
}

export interface OpenFetch {
  /** undefined: there was nothing until the hold was over, or the fetch was cancelled. */
  readonly delivery: Promise<Delivery | undefined>;
  /** What is handed out to it from now on goes back as if it had never been. */
  cancel(): void;
}

/** What is said now would not be kept: the worker must say it again, to the broker's next process. */
export class BrokerStopsError extends TaskwireError {
  constructor() {
    super("broker_stops", "the broker stops; report again when it is back");
  }
}

/**
 * Hand-outs to workers without a session, pulled or pushed, and what they say of them. A claim ends by a conclusion,
 * by `refused` or `unanswered`, or by its deadline.
 */
export class Fetches {
  readonly #engine: FetchEngine;
  readonly #clock: Clock;
  readonly #open = new Map<number, (delivery: Delivery | undefined) => void>();
  #last = 0;
  #closed = false;

  constructor(engine: FetchEngine, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
  }

  fetch({ application, namespace, hold }: FetchWish): OpenFetch {
    if (this.#closed) return { delivery: Promise.resolve(undefined), cancel: () => {} };
    this.#last += 1;
    const fetch = this.#last;
    const delivery = new Promise<Delivery | undefined>((answer) => this.#open.set(fetch, answer));
    this.#engine.apply({ kind: "fetch", fetch, application, namespace, holdUntil: this.#clock.now() + hold });
    return { delivery, cancel: () => this.#cancel(fetch) };
  }

  /** The machine's answer to a fetch. */
  handOut(fetch: number, delivery: Delivery | undefined): void {
    const answer = this.#open.get(fetch);
    this.#open.delete(fetch);
    if (answer !== undefined) answer(delivery);
    else if (delivery !== undefined) this.refused(delivery.claim);
  }

  /** Takes the conclusions; what they change is on disk when `durable` says so. Throws BrokerStopsError. */
  conclude(conclusions: readonly Conclusion[]): void {
    if (this.#closed) throw new BrokerStopsError();
    this.#engine.apply({ kind: "concluded", conclusions });
  }

  /** Resolves when everything until now is on disk. */
  durable(): Promise<void> {
    return this.#engine.durable(true);
  }

  /** Nobody took it: back, without a processing attempt. */
  refused(claim: number): void {
    this.#engine.apply({ kind: "refused", claim });
  }

  /** Nobody knows whether it was taken: back, but at-most-once work ends as failure. */
  unanswered(claim: number): void {
    this.#engine.apply({ kind: "unanswered", claim });
  }

  /** The broker stops: who waits is told that there is nothing, nothing more is fetched or concluded. */
  close(): void {
    this.#closed = true;
    for (const fetch of [...this.#open.keys()]) this.#cancel(fetch);
  }

  #cancel(fetch: number): void {
    const answer = this.#open.get(fetch);
    if (answer === undefined) return;
    this.#open.delete(fetch);
    this.#engine.apply({ kind: "unfetch", fetch });
    answer(undefined);
  }
}
