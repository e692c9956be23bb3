import { BATCH_ACTIVATIONS, BATCH_BYTES } from "../../../wire/limits.js";
import type { Delivery } from "../../../wire/session.js";
import type { Tally } from "../counts/tally.js";
import type { Fetch } from "../events.js";
import type { Row } from "../live-row.js";
import type { Barrier, WorkFilter } from "../memory/pending-queues.js";
import type { Parts } from "../parts.js";
import type { Lifecycle } from "../states/lifecycle.js";
import type { Claims } from "./claims.js";
import { Fetches } from "./fetches.js";
import type { Session } from "./session.js";
import type { Sessions } from "./sessions.js";
import type { StartGate } from "./start-gate.js";
import { isCurrent, type Receiver, type UncommittedClaims } from "./uncommitted-claims.js";

/** Expired activations that end in one turn when they are come across here. */
const MOST_EXPIRED = 1000;

/**
 * Hands pending work out: to fetches that wait, then to sessions with credit, in batches and in turn. At-most-once work is
 * handed out when the commit that holds its claim is on disk.
 */
export class Dispatch {
  readonly #parts: Pick<Parts, "limits" | "step" | "queues" | "pauses" | "changes" | "backpressure">;
  readonly #lifecycle: Pick<Lifecycle, "expire">;
  readonly #claims: Claims;
  readonly #sessions: Sessions;
  readonly #uncommitted: UncommittedClaims;
  readonly #gate: StartGate;
  readonly #fetches: Fetches;
  #rotation = 0;
  /** Ended in this turn. */
  #expired = 0;

  constructor(
    parts: Parts,
    lifecycle: Lifecycle,
    claims: Claims,
    sessions: Sessions,
    uncommitted: UncommittedClaims,
    gate: StartGate,
  ) {
    this.#parts = parts;
    this.#lifecycle = lifecycle;
    this.#claims = claims;
    this.#sessions = sessions;
    this.#uncommitted = uncommitted;
    this.#gate = gate;
    this.#fetches = new Fetches(parts.limits);
  }

  get heldFetches(): number {
    return this.#fetches.held;
  }

  fetchedLately(now: number): ReturnType<Fetches["lately"]> {
    return this.#fetches.lately(now);
  }

  fetch(fetch: Fetch, now: number): void {
    this.#fetches.add(fetch, now);
  }

  /** The caller has gone. */
  unfetch(fetch: number): void {
    this.#fetches.remove(fetch);
    this.#claims.giveBackUncommitted({ fetch });
  }

  /** Since when no worker can take the task: -Infinity when none ever could, undefined while one can. */
  unclaimedSince({ application, task }: Tally, now: number): number | undefined {
    if (this.#sessions.handles(application, task)) return undefined;
    const fetched = this.#fetches.lastFor(application);
    return now - fetched < this.#parts.limits.parkAfter ? undefined : fetched;
  }

  /** A commit is on disk: the at-most-once claims that it holds are handed out. */
  committed(number: number): void {
    const { step } = this.#parts;
    for (const uncommitted of this.#uncommitted.takeCommitted(number)) {
      const { row, to } = uncommitted;
      const current = isCurrent(uncommitted);
      if ("session" in to) {
        if (current) step.emit({ kind: "deliver", session: to.session, deliveries: [delivery(row)] });
      } else {
        if (current) this.#claims.handedOut(row);
        step.emit({ kind: "handOut", fetch: to.fetch, delivery: current ? delivery(row) : undefined });
      }
    }
  }

  /** Hands out what there is, and answers fetches that have waited long enough. */
  run(now: number): void {
    this.#expired = 0;
    if (this.#parts.queues.size > 0 && !this.#parts.pauses.pool && this.#gate.isOpen(now)) {
      this.#serveFetches();
      this.#feedSessions();
    }
    for (const fetch of this.#fetches.over(now)) this.#parts.step.emit({ kind: "handOut", fetch, delivery: undefined });
  }

  tick(now: number): void {
    this.#fetches.prune(now, this.#parts.limits.parkAfter);
  }

  nextWake(now: number): number {
    return Math.min(this.#fetches.nextWake, this.#gate.nextWake(now));
  }

  #serveFetches(): void {
    this.#fetches.serve((fetch) => {
      const row = this.#take(fetch);
      if (row === undefined) return false;
      this.#claims.claim(row, undefined);
      if (row.facts.atMostOnce) {
        this.#waitForCommit(row, { fetch: fetch.fetch });
      } else {
        this.#claims.handedOut(row);
        this.#parts.step.emit({ kind: "handOut", fetch: fetch.fetch, delivery: delivery(row) });
      }
      return true;
    });
  }

  #feedSessions(): void {
    let hungry = this.#sessions.withCredit();
    while (hungry.length > 0) {
      this.#rotation = (this.#rotation + 1) % hungry.length;
      const turn = [...hungry.slice(this.#rotation), ...hungry.slice(0, this.#rotation)];
      hungry = turn.filter((session) => this.#feed(session) && session.credit > 0);
    }
  }

  /** Hands out one batch; false when there is nothing for the session. */
  #feed(session: Session): boolean {
    const deliveries: Delivery[] = [];
    let bytes = 0;
    let taken = 0;
    while (session.credit > 0 && taken < BATCH_ACTIVATIONS && bytes < BATCH_BYTES) {
      const row = this.#take(session);
      if (row === undefined) break;
      taken += 1;
      session.credit -= 1;
      bytes += row.facts.payload.length;
      this.#claims.claim(row, session);
      if (row.facts.atMostOnce) this.#waitForCommit(row, { session: session.id });
      else deliveries.push(delivery(row));
    }
    if (deliveries.length > 0) this.#parts.step.emit({ kind: "deliver", session: session.id, deliveries });
    return taken > 0;
  }

  /** The next row for a receiver. Those that have expired, and that the upkeep has not come to yet, end instead. */
  #take(receiver: WorkFilter): Row | undefined {
    const { queues, step } = this.#parts;
    while (this.#expired < MOST_EXPIRED) {
      const row = queues.take(receiver, this.#barrier);
      if (row === undefined || row.facts.expiresAt > step.wall) return row;
      this.#expired += 1;
      this.#lifecycle.expire(row);
    }
    // The upkeep goes on with them at once; other work waits that long.
    return undefined;
  }

  #waitForCommit(row: Row, to: Receiver): void {
    this.#uncommitted.add({ commit: this.#parts.changes.next, row, claim: row.claim, to });
    this.#parts.step.emit({ kind: "commitNow" });
  }

  /** What is paused, and topics that have reached their limit. */
  readonly #barrier: Barrier = {
    topic: (topic) =>
      this.#parts.pauses.topic(topic) ||
      this.#parts.backpressure.topic(topic).processing >= this.#parts.limits.maxProcessingCount,
    namespace: (namespace) => this.#parts.pauses.namespace(namespace),
    task: (task) => this.#parts.pauses.task(task),
  };
}

function delivery({ claim, facts: { payload: activation, deadline }, processingAttempts: lost }: Row): Delivery {
  return lost === 0 ? { claim, activation, deadline } : { claim, activation, deadline, lost };
}
