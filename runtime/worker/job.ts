import type { Delivery } from "../wire/session.js";
import type { RunOrder, RunResult } from "./child/result.js";
import type { Link } from "./session/link.js";

let runs = 0;

/** One claim in this worker's hands, from its delivery until the broker has acknowledged its outcome. */
export class Job implements RunOrder {
  /** Unique in this process: claims are only unique to their broker. */
  readonly run: number;
  readonly link: Link;
  readonly claim: number;
  readonly activation: Uint8Array;
  readonly deadline: number;
  /** By the worker's clock. */
  readonly deliveredAt: number;
  /** How often a run of it was lost with its child. */
  lost = 0;
  /** When it was given to a runner the last time, by the worker's clock. */
  handedAt = 0;
  /** When its handler was started, by the worker's clock. */
  startedAt: number | undefined;
  /** The broker knows that it started. */
  announced = false;
  /** When the broker was told of a start the last time, by the worker's clock. */
  toldAt = 0;
  result: RunResult | undefined;
  /** The broker no longer counts its claim. */
  forgotten = false;

  constructor(link: Link, { claim, activation, deadline }: Delivery, deliveredAt: number) {
    runs += 1;
    this.run = runs;
    this.link = link;
    this.claim = claim;
    this.activation = activation;
    this.deadline = deadline;
    this.deliveredAt = deliveredAt;
  }
}
