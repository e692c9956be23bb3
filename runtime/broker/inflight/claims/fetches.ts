import type { Fetch } from "../events.js";
import type { Limits } from "../limits.js";
import type { WorkFilter } from "../memory/pending-queues.js";

interface Held extends WorkFilter {
  readonly fetch: number;
  readonly holdUntil: number;
}

/** How long the last fetch of an application is remembered at least, milliseconds. */
const REMEMBERED_MS = 60_000;
/** The last fetch is remembered for up to this many applications. */
const REMEMBERED_APPLICATIONS = 1024;

/** Fetches of workers without a session that wait for work, and when each application last fetched. */
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
    // Above the limit the fetch is answered immediately.
    const until = this.#held.size < this.#limits.maxHeldFetches ? holdUntil : now;
    this.#held.set(fetch, { fetch, application, namespace, tasks: undefined, holdUntil: until });
    if (until < this.#earliest) this.#earliest = until;
  }

  remove(fetch: number): void {
    this.#held.delete(fetch);
  }

  /** When the application last fetched. An activation without an application is fetched by all. */
  lastFor(application: string): number {
    if (application === "") return this.#last;
    return Math.max(this.#lastOfAny, this.#lastBy.get(application) ?? Number.NEGATIVE_INFINITY);
  }

  /** Who fetched within the last minute, and when; undefined: for any application. */
  lately(now: number): { readonly application: string | undefined; readonly at: number }[] {
    const last = [...this.#lastBy].map(([application, at]) => ({ application, at }));
    const all = [{ application: undefined, at: this.#lastOfAny }, ...last];
    return all.filter(({ at }) => now - at < REMEMBERED_MS);
  }

  /** Calls `serve` for each waiting fetch; it returns whether the fetch was answered with work. */
  serve(serve: (fetch: Held) => boolean): void {
    for (const held of this.#held.values()) {
      if (serve(held)) this.#held.delete(held.fetch);
    }
  }

  /** Removes and yields those that have waited long enough. */
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

  /** Application names come from outside: those that stopped fetching for `after` milliseconds are forgotten. */
  prune(now: number, after: number): void {
    const before = now - Math.max(after, REMEMBERED_MS);
    for (const [application, at] of this.#lastBy) if (at < before) this.#lastBy.delete(application);
  }
}
