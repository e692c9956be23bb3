import { BATCH_ACTIVATIONS, BATCH_BYTES } from "../../../wire/limits.js";
import type { Delivery } from "../../../wire/session.js";
import type { Tally } from "../counts/tally.js";
import type { Fetch } from "../events.js";
import type { Row } from "../live-row.js";
import type { Barrier } from "../memory/pending-queues.js";
import type { Parts } from "../parts.js";
import type { Claims } from "./claims.js";
import { Fetches } from "./fetches.js";
import type { Session } from "./session.js";
import type { Sessions } from "./sessions.js";
import type { StartGate } from "./start-gate.js";
import { isCurrent, type Receiver, type UncommittedClaims } from "./uncommitted-claims.js";

/**
 * Hands pending work out: to fetches that wait, then to sessions with credit, in batches and in turn. At-most-once work is
 * handed out when the commit that holds its claim is on disk.
 */
export class Dispatch {
  readonly #parts: Pick<Parts, "limits" | "step" | "queues" | "pauses" | "changes" | "backpressure">;
  readonly #claims: Claims;
  readonly #sessions: Sessions;
  readonly #uncommitted: UncommittedClaims;
  readonly #gate: StartGate;
  readonly #fetches: Fetches;
  #rotation = 0;

  constructor(parts: Parts, claims: Claims, sessions: Sessions, uncommitted: UncommittedClaims, gate: StartGate) {
    this.#parts = parts;
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
      const row = this.#parts.queues.take(fetch, this.#barrier);
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
      const row = this.#parts.queues.take(session, this.#barrier);
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
