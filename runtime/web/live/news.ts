import type { LiveEvents } from "../../operations/documents/front.js";
import type { Status } from "../../operations/status/document.js";

type Totals = LiveEvents["news"];

interface Counted {
  /** Names the broker's start, after which its counters begin at 0. */
  readonly start: string;
  readonly totals: Totals;
}

/** Adds what brokers count, so that a restarted or silent broker never makes the sums smaller. */
export class News {
  readonly #brokers = new Map<string, Counted>();
  #totals: Totals = { ended: 0, failed: 0, letters: 0 };

  get totals(): Totals {
    return this.#totals;
  }

  /** What a broker had counted when it was first seen is not news. */
  add(address: string, status: Status): void {
    const before = this.#brokers.get(address);
    const totals = totalsOf(status);
    const start = status.broker.id;
    this.#brokers.set(address, { start, totals });
    if (before === undefined) return;
    const since = before.start === start ? before.totals : { ended: 0, failed: 0, letters: 0 };
    this.#totals = {
      ended: this.#totals.ended + totals.ended - since.ended,
      failed: this.#totals.failed + totals.failed - since.failed,
      letters: this.#totals.letters + totals.letters - since.letters,
    };
  }
}

function totalsOf({ ended, failures }: Status): Totals {
  const sum = (counts: object) => Object.values(counts).reduce((total: number, count: number) => total + count, 0);
  return { ended: sum(ended), failed: sum(failures), letters: ended.deadlettered };
}
