import type { Delivery } from "../wire/session.js";
import type { RunOrder, RunResult } from "./child/result.js";
import type { Link } from "./link/link.js";

let runs = 0;

/** One claim in this worker's hands, from its delivery until the broker has acknowledged its outcome. */
export class Job implements RunOrder {
  /** Unique in this process: claims are only unique to their broker. */
  readonly run: number;
  order?: number;
  readonly link: Link;
  readonly claim: number;
  readonly activation: Uint8Array;
  /** The broker knows no claims: the deadline counts from the delivery, and it cannot be given back. */
  readonly withoutClaim: boolean;
  deadline: number;
  /** By the worker's clock. */
  readonly deliveredAt: number;
  readonly #deadline: number;
  /** How often it was handed out before and lost with its worker. */
  readonly #lostBefore: number;
  /** How often a run of it was lost with its child. */
  lost = 0;
  /** When it was given to a runner the last time, by the worker's clock. */
  handedAt = 0;
  /** When its handler was started, by the worker's clock. */
  startedAt: number | undefined;
  /** Its child was asked for it, because others were idle; "begun": it runs there. */
  asked: "no" | "asked" | "begun" = "no";
  /** The broker knows that it started. */
  announced = false;
  /** When the broker was told of a start the last time, by the worker's clock. */
  toldAt = 0;
  result: RunResult | undefined;
  /** When its result was there, by the worker's clock. */
  endedAt = 0;
  /** The broker no longer counts its claim. */
  forgotten = false;

  constructor(
    link: Link,
    { claim, activation, deadline, lost = 0 }: Delivery,
    deliveredAt: number,
    withoutClaim: boolean,
  ) {
    runs += 1;
    this.run = runs;
    this.link = link;
    this.claim = claim;
    this.activation = activation;
    this.deadline = deadline;
    this.deliveredAt = deliveredAt;
    this.withoutClaim = withoutClaim;
    this.#deadline = deadline;
    this.#lostBefore = lost;
  }

  /** How often it was in a worker's hands before and was lost with it, or with a child of this one. */
  get lostBefore(): number {
    return this.#lostBefore + this.lost;
  }

  /** Milliseconds that a run which starts now has. */
  left(now: number): number {
    return this.withoutClaim ? this.#deadline - (now - this.deliveredAt) : this.#deadline;
  }
}
