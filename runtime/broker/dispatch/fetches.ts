import type { Clock } from "../../base/clock.js";
import type { Delivery } from "../../wire/session.js";
import type { Conclusion, Event } from "../inflight/events.js";
import { BrokerStopsError } from "./errors.js";

/** What fetches need of the broker's engine. */
export interface FetchEngine {
  apply(event: Event): void;
  /** Resolves when everything applied until now is on disk; `urgent`: as soon as the journal is free. */
  durable(urgent: boolean): Promise<void>;
}

interface FetchWish {
  /** undefined: any. */
  readonly application: string | undefined;
  /** Only with an application; undefined: any. */
  readonly namespace: string | undefined;
  /** How long it waits for new work, milliseconds; 0: it is answered at once. */
  readonly hold: number;
}

export interface OpenFetch {
  /** undefined: nothing came before the hold ended, or the fetch was cancelled. */
  readonly delivery: Promise<Delivery | undefined>;
  /** Work handed out to it from now on goes back as if it had never been handed out. */
  cancel(): void;
}

/**
 * Work for workers without a session, pulled or pushed, and what they report. A claim ends by a conclusion, by `refused` or
 * `unanswered`, or by its deadline.
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

  /** Applies the conclusions; they are on disk when `durable` resolves. Throws BrokerStopsError. */
  conclude(conclusions: readonly Conclusion[]): void {
    if (this.#closed) throw new BrokerStopsError();
    this.#engine.apply({ kind: "concluded", conclusions });
  }

  /** Resolves when everything applied until now is on disk. */
  durable(): Promise<void> {
    return this.#engine.durable(true);
  }

  /** No worker took it: it goes back, without another processing attempt. */
  refused(claim: number): void {
    this.#engine.apply({ kind: "refused", claim });
  }

  /** It is unknown whether a worker took it: it goes back, but at-most-once work ends as failure. */
  unanswered(claim: number): void {
    this.#engine.apply({ kind: "unanswered", claim });
  }

  /** Answers open fetches with nothing; from now on nothing is fetched or concluded. */
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
