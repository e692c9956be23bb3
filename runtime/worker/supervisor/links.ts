import type { Claim } from "../claim.js";
import type { Link } from "../link/link.js";
import { shareCredit } from "../link/share-credit.js";
import { Prefetch } from "./prefetch.js";

/**
 * When work has waited this long for a slot, all waiting work is given back: another worker may have one, milliseconds.
 */
const WAITED_MS = 1000;

/** The links to all brokers: work is taken from them in turn, and free slots are shared among them as credit. */
export class Links {
  readonly #links: Link[] = [];
  readonly #prefetch: Prefetch;
  /** Whose work was taken last. */
  #turn = 0;
  #firstShare = 0;

  constructor(slots: number) {
    this.#prefetch = new Prefetch(slots);
  }

  add(link: Link): void {
    this.#links.push(link);
  }

  get unstarted(): boolean {
    return this.#links.some((link) => link.unstarted > 0);
  }

  /** Adds unstarted claims to `claims` until it has `count`. */
  take(claims: Claim[], count: number): void {
    for (let tried = 0; tried < this.#links.length && claims.length < count; tried += 1) {
      this.#turn = (this.#turn + 1) % this.#links.length;
      claims.push(...(this.#links[this.#turn]?.take(count - claims.length) ?? []));
    }
  }

  /** Shares free slots and what is worth prefetching among the brokers; returns whether one of them wants more. */
  grant(free: number): boolean {
    const links = this.#links.filter((link) => link.connected);
    if (links.length === 0) return false;
    this.#firstShare += 1;
    const shares = shareCredit(links, free, this.#prefetch.count(), this.#firstShare);
    links.forEach((link, index) => {
      const share = shares[index];
      if (share?.withdraw === true) link.withdraw();
      else link.grant(share?.grant ?? 0);
    });
    return links.some((link) => link.hungry && link.credit === 0);
  }

  runEnded(milliseconds: number): void {
    this.#prefetch.ended(milliseconds);
  }

  /** Gives back work that has waited too long for a slot. */
  giveBackWaiting(now: number): void {
    let returned = 0;
    for (const link of this.#links) returned += link.giveBackOlder(now - WAITED_MS);
    if (returned > 0) this.#prefetch.stalled();
  }
}
