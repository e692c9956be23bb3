import type { Delivery, Started } from "../wire/session.js";
import type { RunOrder, RunResult } from "./child/result.js";

/** Where a job came from and where its outcome goes: the link to one broker. */
export interface JobSource {
  /** A session with the broker is open. */
  readonly connected: boolean;
  /** Reports to the broker that handlers have started. */
  started(starts: readonly Started[]): void;
  /** Reports the outcome until the broker acknowledges it. */
  finish(job: Job, result: RunResult): void;
  /** Returns jobs to the broker without counting a processing attempt. */
  giveBack(jobs: readonly Job[]): void;
  /** The deadline passed before the job could start: the broker has ended it or given it to another worker. */
  expire(job: Job): void;
}

let runs = 0;

/** One claim held by this worker, from its delivery until the broker has acknowledged its outcome. */
export class Job implements RunOrder {
  /** Unique in this process: claims are unique only to their broker. */
  readonly run: number;
  order?: number;
  readonly source: JobSource;
  readonly claim: number;
  readonly activation: Uint8Array;
  /** The broker has no claims: the deadline counts from the delivery, and the job cannot be given back. */
  readonly withoutClaim: boolean;
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
  /** The broker no longer counts its claim. */
  forgotten = false;

  constructor(
    source: JobSource,
    { claim, activation, deadline, lost = 0 }: Delivery,
    deliveredAt: number,
    withoutClaim: boolean,
  ) {
    runs += 1;
    this.run = runs;
    this.source = source;
    this.claim = claim;
    this.activation = activation;
    this.deadline = deadline;
    this.deliveredAt = deliveredAt;
    this.withoutClaim = withoutClaim;
    this.#deadline = deadline;
    this.#lostBefore = lost;
  }

  /** How often it was lost before, with a worker or with a child of this worker. */
  get lostBefore(): number {
    return this.#lostBefore + this.lost;
  }

  /** Milliseconds that a run starting now would have. */
  left(now: number): number {
    return this.withoutClaim ? this.#deadline - (now - this.deliveredAt) : this.#deadline;
  }
}
