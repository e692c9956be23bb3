import type { Reason } from "../../../activation/reasons.js";
import type { End } from "../../../activation/states.js";
import type { Unpublishable } from "../../../operations/status/document.js";

/** How many unpublishable activations are listed. */
const LISTED_UNPUBLISHABLE = 100;

/** What happened since the start of the machine, counted. */
export class Counters {
  readonly ends: Record<End, number> = {
    completed: 0,
    retried: 0,
    deadlettered: 0,
    discarded: 0,
    expired: 0,
    killswitched: 0,
    forwarded: 0,
    cancelled: 0,
  };
  /** Activations taken in from the log, and claims that were handed out. */
  taken = 0;
  handedOut = 0;
  /** Activations that failed for good, by reason. */
  readonly failures = new Map<Reason, number>();
  /**
   * Records that were read before (redelivered), whose id is in flight (duplicate) or has finished (finished); outcomes
   * of claims that are not current (stale); activations left to the next owner of their partition (surrendered).
   */
  readonly drops = { redelivered: 0, duplicate: 0, finished: 0, stale: 0, surrendered: 0 };
  /** At-least-once records that are read again because the journal lost rows: they may run twice. */
  reread = 0;
  /** Activations taken in with numbers out of range. */
  clamped = 0;
  readonly #unpublishable: Unpublishable[] = [];
  #unpublishableCount = 0;

  failed(reason: Reason): void {
    this.failures.set(reason, (this.failures.get(reason) ?? 0) + 1);
  }

  addUnpublishable(activation: Unpublishable): void {
    this.#unpublishableCount += 1;
    if (this.#unpublishable.length < LISTED_UNPUBLISHABLE) this.#unpublishable.push(activation);
  }

  /** `named`: the first of them. */
  get unpublishable(): { readonly count: number; readonly named: readonly Unpublishable[] } {
    return { count: this.#unpublishableCount, named: this.#unpublishable };
  }
}
