import type { Clock } from "../../base/clock.js";
import { messageOf } from "../../base/errors.js";
import type { Outcome } from "../../wire/session.js";
import { textForBroker } from "../child/error-text.js";
import type { RunResult } from "../child/result.js";
import type { Claim } from "../claim.js";
import type { Connection } from "./connection.js";

/** With this many unacknowledged outcomes no more work is taken. */
const MOST_OUTCOMES = 16_384;
/** How long an outcome is sent again before it is dropped, milliseconds. */
const KEEP_MS = 3_600_000;

/** The broker stores where an error was thrown, too, as far as an outcome has room for it. */
function outcomeOf(of: RunResult, claim: number): Outcome {
  if (of.kind === "complete")
    return of.ran === undefined ? { kind: "complete", claim } : { kind: "complete", claim, ran: of.ran };
  const { stack, silenced: _, ...result } = of;
  if (stack === undefined) return { ...result, claim };
  return { ...result, claim, error: textForBroker(stack) };
}

interface OutcomesOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly atMostOnce: (claim: Claim) => boolean;
  /** The broker has acknowledged the claim's outcome. */
  readonly acknowledged: (claim: Claim) => void;
  /** The claim's outcome is given up. */
  readonly dropped: (claim: Claim, why: string) => void;
}

/**
 * Outcomes on their way to one broker: each is sent, on one session after another, until the broker acknowledges it.
 */
export class Outcomes {
  readonly #options: OutcomesOptions;
  /** To be sent in the next batch. */
  #queue: Claim[] = [];
  /** Oldest first. */
  readonly #unacknowledged = new Set<Claim>();
  #scheduled = false;

  constructor(options: OutcomesOptions) {
    this.#options = options;
  }

  /** Whether too many outcomes wait for the broker to give it more credit. */
  get full(): boolean {
    return this.#unacknowledged.size >= MOST_OUTCOMES;
  }

  /** The claim has a result. */
  add(claim: Claim): void {
    this.#unacknowledged.add(claim);
    this.dropOld(claim.endedAt);
    this.#queue.push(claim);
    this.#schedule();
  }

  /** Nothing more is sent for the claim. */
  delete(claim: Claim): void {
    this.#unacknowledged.delete(claim);
  }

  /**
   * A new session was offered the claims of `offered`; results of those that are `valid` are sent on it.
   */
  resume(offered: ReadonlySet<Claim>, valid: readonly Claim[]): void {
    this.#queue = this.#queue.filter((claim) => !offered.has(claim));
    for (const claim of valid) if (claim.result !== undefined) this.#queue.push(claim);
    if (this.#queue.length > 0) this.#schedule();
  }

  /** Sends what is queued, now. */
  flush(): void {
    this.#scheduled = false;
    const { connection, acknowledged } = this.#options;
    const { session } = connection;
    if (session === undefined || this.#queue.length === 0) return;
    const claims = this.#queue;
    this.#queue = [];
    const outcomes: Outcome[] = [];
    for (const claim of claims) {
      if (claim.result !== undefined && this.#unacknowledged.has(claim))
        outcomes.push(outcomeOf(claim.result, claim.number));
    }
    session.settle(outcomes).then(
      () => {
        for (const claim of claims) acknowledged(claim);
      },
      // Outcomes of claims that are still held are sent on the next session.
      (error: unknown) => connection.abandon(session, `outcomes were not acknowledged: ${messageOf(error)}`),
    );
  }

  /**
   * Drops the oldest unacknowledged outcomes: their claims are not offered to the next session, and the broker
   * redelivers the activations. Outcomes of at-most-once work stay: the broker would start the work a second time.
   */
  dropOld(now: number): void {
    const { connection, atMostOnce } = this.#options;
    let dropped = false;
    for (const claim of this.#unacknowledged) {
      if (this.#unacknowledged.size <= MOST_OUTCOMES && now - claim.endedAt < KEEP_MS) break;
      if (atMostOnce(claim)) continue;
      this.#options.dropped(claim, "not acknowledged by the broker within an hour, or too many outcomes are waiting");
      dropped = true;
    }
    const { session } = connection;
    if (dropped && session !== undefined && session.withoutClaims !== true)
      connection.abandon(session, "the broker does not acknowledge outcomes");
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(() => this.flush());
  }
}
