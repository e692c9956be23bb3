import type { SessionSnapshot } from "../counts/snapshot.js";
import type { Opened } from "../events.js";
import type { Row } from "../live-row.js";
import type { Parts } from "../parts.js";
import { namesOf } from "../states/activation-names.js";
import type { Claims } from "./claims.js";
import type { Session } from "./session.js";
import type { StartGate } from "./start-gate.js";

/** The sessions of workers. When one ends, its claims come back; when its stream is lost, after a grace. */
export class Sessions {
  readonly #parts: Pick<Parts, "limits" | "step" | "currentClaims" | "changes">;
  readonly #claims: Claims;
  readonly #gate: StartGate;
  readonly #byId = new Map<string, Session>();

  constructor(parts: Parts, claims: Claims, gate: StartGate) {
    this.#parts = parts;
    this.#claims = claims;
    this.#gate = gate;
  }

  /** Workers that had a session before the start: each has a lost one until it comes back, or the grace is over. */
  recovered(workers: readonly string[], now: number): void {
    this.#gate.await(workers, now + this.#parts.limits.startGate);
    for (const worker of workers) {
      const id = sessionBefore(worker);
      this.#byId.set(id, {
        id,
        worker,
        application: "",
        tasks: new Set(),
        offers: [],
        slots: undefined,
        about: undefined,
        credit: 0,
        draining: true,
        drained: false,
        lostAt: now,
        redeliveryLogged: false,
      });
    }
  }

  /** The session that a worker had before the start; "" when it had none. */
  before(worker: string): string {
    const id = sessionBefore(worker);
    return this.#byId.has(id) ? id : "";
  }

  /** Includes lost sessions, until their grace is over. */
  get size(): number {
    return this.#byId.size;
  }

  /** Those that may be handed work. */
  withCredit(): Session[] {
    return [...this.#byId.values()].filter(
      ({ credit, lostAt, draining, drained }) => credit > 0 && lostAt === undefined && !draining && !drained,
    );
  }

  /** Whether a connected session handles the task, and is not drained. */
  handles(application: string, task: string): boolean {
    for (const session of this.#byId.values()) {
      if (
        session.lostAt === undefined &&
        !session.drained &&
        (application === "" || session.application === application) &&
        session.tasks.has(task)
      )
        return true;
    }
    return false;
  }

  open({ session: id, worker, application, tasks: offers, held, slots, about }: Opened): void {
    const session: Session = {
      id,
      worker,
      application,
      offers,
      tasks: new Set(offers.map((offer) => offer.name)),
      slots,
      about,
      credit: 0,
      draining: false,
      drained: false,
      lostAt: undefined,
      redeliveryLogged: false,
    };
    this.#byId.set(id, session);
    for (const { claim, id: activation } of held) this.#claims.adopt(session, claim, activation);
    for (const before of [...this.#byId.values()]) {
      if (before === session || before.worker !== worker) continue;
      session.drained ||= before.drained;
      for (const row of this.#held(before)) this.#claims.notBroughtBack(row);
      this.#claims.forgetAdoptions(before);
      this.#byId.delete(before.id);
    }
    this.#gate.strike(worker);
    this.#workersChanged();
  }

  credit(id: string, count: number): void {
    const session = this.#byId.get(id);
    if (session !== undefined) session.credit += count;
  }

  withdrawn(id: string): void {
    const session = this.#byId.get(id);
    if (session === undefined) return;
    session.credit = 0;
    this.#claims.giveBackUncommitted({ session: id });
  }

  /** People drain a worker, or end that. It holds for a session that follows a lost one, too. */
  drain(worker: string, drained: boolean): void {
    for (const session of this.#byId.values()) if (session.worker === worker) session.drained = drained;
  }

  /** Whether its stream is open, or is about to be. */
  isConnected(id: string): boolean {
    const session = this.#byId.get(id);
    return session !== undefined && session.lostAt === undefined;
  }

  draining(id: string): void {
    const session = this.#byId.get(id);
    if (session === undefined) return;
    session.draining = true;
    this.withdrawn(id);
  }

  /** `since`: when its worker was last seen. */
  lost(id: string, since: number): void {
    const session = this.#byId.get(id);
    if (session === undefined) return;
    session.lostAt = since;
    this.withdrawn(id);
    this.#claims.forgetAdoptions(session);
    this.#workersChanged();
  }

  closed(id: string): void {
    const session = this.#byId.get(id);
    if (session === undefined) return;
    this.#claims.giveBackUncommitted({ session: id });
    this.#logRedelivery(session);
    const error = `worker ${session.worker} closed its session without an outcome`;
    for (const row of this.#held(session)) this.#claims.presumeLost(row, error);
    this.#claims.forgetAdoptions(session);
    this.#byId.delete(id);
    this.#workersChanged();
  }

  /** Ends sessions whose grace is over. `left`: how many runs may be presumed lost; the rest follows with the next tick. */
  tick(now: number, left: number): void {
    let losses = left;
    for (const session of [...this.#byId.values()]) {
      if (session.lostAt === undefined || now < session.lostAt + this.#parts.limits.sessionGrace) continue;
      const held = this.#held(session);
      if (!session.redeliveryLogged) this.#logRedelivery(session);
      session.redeliveryLogged = true;
      for (const row of held.slice(0, losses))
        this.#claims.presumeLost(row, `worker ${session.worker} did not come back in time`);
      losses -= Math.min(losses, held.length);
      if (losses === 0) return;
      this.#byId.delete(session.id);
      this.#gate.strike(session.worker);
    }
  }

  get nextWake(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { lostAt } of this.#byId.values()) {
      if (lostAt !== undefined) next = Math.min(next, lostAt + this.#parts.limits.sessionGrace);
    }
    return next;
  }

  snapshot(): SessionSnapshot[] {
    const { currentClaims, limits } = this.#parts;
    return [...this.#byId.values()].map(
      ({ id, worker, application, tasks, offers, slots, about, credit, draining, drained, lostAt }) => ({
        id,
        worker,
        application,
        tasks,
        offers,
        slots,
        about,
        credit,
        processing: currentClaims.heldBy(id).size,
        draining,
        drained,
        lost: lostAt !== undefined,
        endsAt: lostAt === undefined ? undefined : lostAt + limits.sessionGrace,
      }),
    );
  }

  #held({ id }: Session): Row[] {
    return [...this.#parts.currentClaims.heldBy(id)];
  }

  /** Logs what becomes of the runs of a worker that is gone. */
  #logRedelivery(session: Session): void {
    const { worker } = session;
    const { limits, step } = this.#parts;
    const again: Row[] = [];
    let failed = 0;
    for (const row of this.#held(session)) {
      if (row.facts.atMostOnce || row.processingAttempts + 1 >= limits.maxProcessingAttempts) failed += 1;
      else again.push(row);
    }
    if (again.length === 0) return;
    const runs = again.length === 1 ? "1 run" : `${again.length} runs`;
    const fields = { worker, runs: again.length, ...(failed === 0 ? {} : { failed }) };
    step.log("warn", `${runs} of worker ${worker} will be redelivered`, fields);
    for (const { facts, processingAttempts } of again)
      step.log("debug", "will be redelivered", { ...namesOf(facts), worker, lost: processingAttempts + 1 });
  }

  #workersChanged(): void {
    this.#parts.changes.workers(() => [...new Set([...this.#byId.values()].map(({ worker }) => worker))]);
  }
}

/** Stands for the session of a worker that the journal knows from before the start. */
function sessionBefore(worker: string): string {
  return `before the start: ${worker}`;
}
