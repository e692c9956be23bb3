import type { Clock } from "../../base/clock.js";
import type { Delivery } from "../../wire/session.js";
import type { Conclusion, Event } from "../inflight/events.js";
import { BrokerStopsError } from "./errors.js";

/** What fetches need of the broker's engine. */
export interface FetchEngine {
  apply(event: Event): void;
  /** Resolves when everything applied until now is on disk; `urgent`: as soon as the journal is free. */
  durable(urgent: boolean): Promise<void>;
  /** Whether a conclusion about this activation may be answered before it is on disk: if it is lost, the work runs again. */
  mayRepeat(id: string): boolean;
}

interface FetchWish {
  /** undefined: any. */
  readonly application: string | undefined;
  /** Only with an application; undefined: any. */
  readonly namespace: string | undefined;
  /** How long it waits for new work, milliseconds; 0: it is answered at once. */
  readonly hold: number;
}

/** One fetch, until it is answered. */
export class OpenFetch {
  /** Work handed out to it from now on goes back as if it had never been handed out. */
  readonly cancel: () => void;
  #answer: { readonly delivery: Delivery | undefined } | undefined;
  #resolve: ((delivery: Delivery | undefined) => void) | undefined;

  constructor(cancel: () => void) {
    this.cancel = cancel;
  }

  /** Its answer, if it has come; without a delivery, nothing came before the hold ended, or the fetch was cancelled. */
  get answer(): { readonly delivery: Delivery | undefined } | undefined {
    return this.#answer;
  }

  /** The delivery of its answer. */
  get delivery(): Promise<Delivery | undefined> {
    if (this.#answer !== undefined) return Promise.resolve(this.#answer.delivery);
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Answers it, once. */
  end(delivery: Delivery | undefined): void {
    this.#answer = { delivery };
    this.#resolve?.(delivery);
  }
}

/**
 * Work for workers without a session, pulled or pushed, and what they report. A claim ends by a conclusion, by `refused` or
 * `unanswered`, or by its deadline.
 */
export class Fetches {
  readonly #engine: FetchEngine;
  readonly #clock: Clock;
  readonly #open = new Map<number, OpenFetch>();
  #last = 0;
  #closed = false;

  constructor(engine: FetchEngine, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
  }

  fetch({ application, namespace, hold }: FetchWish): OpenFetch {
    this.#last += 1;
    const fetch = this.#last;
    const open = new OpenFetch(() => this.#cancel(fetch));
    if (this.#closed) {
      open.end(undefined);
      return open;
    }
    this.#open.set(fetch, open);
    this.#engine.apply({ kind: "fetch", fetch, application, namespace, holdUntil: this.#clock.now() + hold });
    return open;
  }

  /** The machine's answer to a fetch. */
  handOut(fetch: number, delivery: Delivery | undefined): void {
    const open = this.#open.get(fetch);
    this.#open.delete(fetch);
    if (open !== undefined) open.end(delivery);
    else if (delivery !== undefined) this.refused(delivery.claim);
  }

  /**
   * Applies the conclusions. Returns whether their answer must wait for `durable`: one of them is not about work that may
   * run again. Throws BrokerStopsError.
   */
  conclude(conclusions: readonly Conclusion[]): boolean {
    if (this.#closed) throw new BrokerStopsError();
    const waits = !conclusions.every(({ id }) => this.#engine.mayRepeat(id));
    this.#engine.apply({ kind: "concluded", conclusions });
    return waits;
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
    const open = this.#open.get(fetch);
    if (open === undefined) return;
    this.#open.delete(fetch);
    this.#engine.apply({ kind: "unfetch", fetch });
    open.end(undefined);
  }
}
