import type { Delivery, Started } from "../wire/session.js";
import type { RunOrder, RunResult } from "./child/result.js";

/** Where a claim came from and where its outcome goes: the link to one broker. */
export interface ClaimSource {
  /** A session with the broker is open. */
  readonly connected: boolean;
  /** Reports to the broker that handlers have started. */
  started(starts: readonly Started[]): void;
  /** Reports the outcome until the broker acknowledges it. */
  finish(claim: Claim, result: RunResult): void;
  /** Returns claims to the broker; no processing attempt is counted. */
  giveBack(claims: readonly Claim[]): void;
  /** The deadline passed before the run could start: the broker has ended the claim. */
  expire(claim: Claim): void;
}

let runs = 0;

/** One claim held by this worker, from its delivery until the broker has acknowledged its outcome. */
export class Claim implements RunOrder {
  /** Unique in this process: numbers of claims are unique only to their broker. */
  readonly run: number;
  order?: number;
  readonly source: ClaimSource;
  /** By which its broker knows it. */
  readonly number: number;
  readonly activation: Uint8Array;
  /** Made up here for a broker without claims: its deadline counts from the delivery, and it cannot be given back. */
  readonly local: boolean;
  deadline: number;
  /** By the worker's clock. */
  readonly deliveredAt: number;
  readonly #deadline: number;
  /** How often it was delivered before and lost with its worker. */
  readonly #lostBefore: number;
  /** How often a run of it was lost with its child. */
  lost = 0;
  /** When it was last given to a runner, by the worker's clock. */
  handedAt = 0;
  /** When its handler started, by the worker's clock. */
  startedAt: number | undefined;
  /** Whether its child was asked to return it because other children are idle; "begun": too late, it runs there. */
  asked: "no" | "asked" | "begun" = "no";
  /** The broker knows that it started. */
  announced = false;
  /** When a start was last reported to the broker, by the worker's clock. */
  reportedAt = 0;
  result: RunResult | undefined;
  /** When its result was known, by the worker's clock. */
  endedAt = 0;
  /** When a person cancelled it, by the worker's clock. */
  cancelledAt: number | undefined;
  /** The broker no longer counts it. */
  forgotten = false;

  constructor(
    source: ClaimSource,
    { claim, activation, deadline, lost = 0 }: Delivery,
    deliveredAt: number,
    local: boolean,
  ) {
    runs += 1;
    this.run = runs;
    this.source = source;
    this.number = claim;
    this.activation = activation;
    this.deadline = deadline;
    this.deliveredAt = deliveredAt;
    this.local = local;
    this.#deadline = deadline;
    this.#lostBefore = lost;
  }

  /** How often it was lost before, with a worker or with a child of this worker. */
  get lostBefore(): number {
    return this.#lostBefore + this.lost;
  }

  /** Milliseconds that a run starting now would have. */
  left(now: number): number {
    return this.local ? this.#deadline - (now - this.deliveredAt) : this.#deadline;
  }
}
