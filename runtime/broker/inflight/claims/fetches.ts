import type { Fetch } from "../events.js";
import type { Limits } from "../limits.js";
import type { Appetite } from "../waiting/pending-queues.js";

interface Held extends Appetite {
  readonly fetch: number;
  readonly holdUntil: number;
}

/** Applications whose last fetch is remembered, at most. */
const REMEMBERED_APPLICATIONS = 1024;

/** Fetches of workers without session that wait for work, and which applications fetch at all. */
export class Fetches {
  readonly #limits: Pick<Limits, "maxHeldFetches">;
  readonly #held = new Map<number, Held>();
  readonly #lastBy = new Map<string, number>();
  #lastOfAny = Number.NEGATIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;
  /** Not later than the end of any. */
  #earliest = Number.POSITIVE_INFINITY;

  constructor(limits: Pick<Limits, "maxHeldFetches">) {
    this.#limits = limits;
  }

  get held(): number {
    return this.#held.size;
  }

  add({ fetch, application, namespace, holdUntil }: Fetch, now: number): void {
    this.#last = now;
    if (application === undefined) this.#lastOfAny = now;
    else if (this.#lastBy.size < REMEMBERED_APPLICATIONS || this.#lastBy.has(application))
      this.#lastBy.set(application, now);
    // One too many is answered with what there is now.
    const until = this.#held.size < this.#limits.maxHeldFetches ? holdUntil : now;
    this.#held.set(fetch, { fetch, application, namespace, tasks: undefined, holdUntil: until });
    if (until < this.#earliest) this.#earliest = until;
  }

  remove(fetch: number): boolean {
    return this.#held.delete(fetch);
  }

  /** When the application last fetched; an activation without one is fetched by all. */
  lastFor(application: string): number {
    if (application === "") return this.#last;
    return Math.max(this.#lastOfAny, this.#lastBy.get(application) ?? Number.NEGATIVE_INFINITY);
  }

  /** Offers each waiting fetch a chance; `serve` says whether it was answered with work. */
  serve(serve: (fetch: Held) => boolean): void {
    for (const held of this.#held.values()) {
      if (serve(held)) this.#held.delete(held.fetch);
    }
  }

  /** Removes and returns those that have waited long enough. */
  *over(now: number): Generator<number> {
    if (now < this.#earliest) return;
    this.#earliest = Number.POSITIVE_INFINITY;
    for (const { fetch, holdUntil } of this.#held.values()) {
      if (holdUntil <= now) {
        this.#held.delete(fetch);
        yield fetch;
      } else if (holdUntil < this.#earliest) {
        this.#earliest = holdUntil;
      }
    }
  }

  get nextWake(): number {
    return this.#held.size === 0 ? Number.POSITIVE_INFINITY : this.#earliest;
  }

  /** Application names come from outside: those that stopped fetching are forgotten. */
  prune(before: number): void {
    for (const [application, at] of this.#lastBy) if (at < before) this.#lastBy.delete(application);
  }
}
