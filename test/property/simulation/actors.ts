import type { Delivery, Outcome } from "#runtime/wire/session.js";
import type { World } from "./world.js";

interface FetchedRun {
  readonly claim: number;
  readonly id: string;
  started: boolean;
}

interface Run extends FetchedRun {
  outcome: Outcome | undefined;
  /** The outcome was handed to the session before this commit number. */
  sentBefore: number | undefined;
  /** It was handed out before the broker's last start. */
  isOlder: boolean;
}

export interface SimulatedWorker {
  readonly name: string;
  session: string | undefined;
  runs: Map<number, Run>;
  /** Claims of which it was told that they are cancelled, and which it has not looked at yet. */
  cancelled: number[];
  dead: boolean;
}

/** Workers with sessions. */
export class Workers {
  readonly all: SimulatedWorker[] = [];
  readonly #world: World;
  #sessions = 0;

  constructor(world: World) {
    this.#world = world;
  }

  open(tasks: readonly number[]): void {
    const worker: SimulatedWorker = {
      name: `w${this.all.length}`,
      session: undefined,
      runs: new Map(),
      cancelled: [],
      dead: false,
    };
    this.all.push(worker);
    this.#open(worker, tasks);
  }

  reopen(worker: SimulatedWorker): void {
    if (!worker.dead && worker.session === undefined) this.#open(worker, [0, 1, 2]);
  }

  credit(worker: SimulatedWorker, count: number): void {
    if (worker.session !== undefined) this.#world.apply({ kind: "credit", session: worker.session, count });
  }

  withdraw(worker: SimulatedWorker): void {
    if (worker.session !== undefined) this.#world.apply({ kind: "withdrawn", session: worker.session });
  }

  /** Starts the first unstarted run of the worker. */
  startRun(worker: SimulatedWorker, report: boolean): void {
    // What was sent to it before comes first.
    this.heed(worker);
    const run = [...worker.runs.values()].find((run) => !run.started);
    if (run === undefined || worker.dead) return;
    run.started = true;
    // A broker that lost the claim in a kill cannot say that its activation was cancelled before the worker came back.
    const unknown = run.isOlder && this.#world.machine.claimed(run.claim) === undefined;
    this.#world.oracle.started(run.id, worker.session !== undefined && !unknown);
    if (report && worker.session !== undefined) {
      this.#world.apply({ kind: "started", session: worker.session, starts: [{ claim: run.claim, since: 0 }] });
    }
  }

  finishRun(worker: SimulatedWorker, kind: Outcome["kind"]): void {
    const run = [...worker.runs.values()].find((run) => run.started && run.outcome === undefined);
    if (run === undefined || worker.dead) return;
    if (kind === "complete") this.#world.oracle.ended(run.id, "completed");
    run.outcome =
      kind === "complete" ? { kind, claim: run.claim } : { kind, claim: run.claim, reason: "error", error: "thrown" };
    this.#sendOutcome(worker, run);
  }

  /** The worker looks at cancelled claims: unstarted ones are returned, the others end as cancelled. */
  heed(worker: SimulatedWorker): void {
    for (const claim of worker.cancelled.splice(0)) {
      const run = worker.runs.get(claim);
      if (run === undefined || run.outcome !== undefined || worker.session === undefined) continue;
      if (run.started) {
        run.outcome = { kind: "cancelled", claim, error: "stopped" };
        this.#sendOutcome(worker, run);
      } else {
        worker.runs.delete(claim);
        this.#world.apply({ kind: "returned", session: worker.session, claims: [claim] });
      }
    }
  }

  cancel(session: string, claims: readonly number[]): void {
    const worker = this.all.find((worker) => worker.session === session);
    if (worker === undefined) throw new Error(`${session}, which nobody has, is to end runs`);
    worker.cancelled.push(...claims);
  }

  giveBack(worker: SimulatedWorker): void {
    const run = [...worker.runs.values()].find((run) => !run.started);
    if (run === undefined || worker.session === undefined) return;
    worker.runs.delete(run.claim);
    this.#world.apply({ kind: "returned", session: worker.session, claims: [run.claim] });
  }

  loseSession(worker: SimulatedWorker): void {
    if (worker.session === undefined) return;
    this.#world.apply({ kind: "lost", session: worker.session });
    worker.session = undefined;
    worker.cancelled = [];
  }

  /** A worker stops in order: it gives back what it did not start and closes its session, while runs may continue. */
  close(worker: SimulatedWorker): void {
    const { session } = worker;
    if (session === undefined) return;
    const unstarted = [...worker.runs.values()].filter((run) => !run.started).map(({ claim }) => claim);
    this.#world.apply({ kind: "returned", session, claims: unstarted });
    this.#world.apply({ kind: "closed", session });
    this.#end(worker);
  }

  kill(worker: SimulatedWorker): void {
    this.loseSession(worker);
    this.#end(worker);
  }

  deliver(session: string, deliveries: readonly Delivery[]): void {
    const worker = this.all.find((worker) => worker.session === session);
    if (worker === undefined) throw new Error(`delivered to ${session}, which nobody has`);
    for (const { claim, activation } of deliveries) {
      if (worker.runs.has(claim)) throw new Error(`claim ${claim} was handed out twice`);
      const id = Buffer.from(activation).toString();
      this.#world.oracle.handedOut(id, claim, this.#world.machine.claimed(claim)?.topic);
      worker.runs.set(claim, { claim, id, started: false, outcome: undefined, sentBefore: undefined, isOlder: false });
    }
  }

  committed(number: number): void {
    this.#forget((_claim, sentBefore) => sentBefore <= number);
  }

  unchanged(): void {
    this.#forget((claim) => !this.#world.machine.awaits([claim]));
  }

  brokerKilled(): void {
    for (const worker of this.all) {
      worker.session = undefined;
      worker.cancelled = [];
      for (const run of worker.runs.values()) {
        run.sentBefore = undefined;
        run.isOlder = true;
      }
    }
  }

  get areIdle(): boolean {
    return this.all.every(({ runs }) => runs.size === 0);
  }

  /** Drops runs whose outcome was sent and is known to the broker. */
  #forget(isKnown: (claim: number, sentBefore: number) => boolean): void {
    for (const { runs } of this.all) {
      for (const { claim, sentBefore } of [...runs.values()]) {
        if (sentBefore !== undefined && isKnown(claim, sentBefore)) runs.delete(claim);
      }
    }
  }

  #end(worker: SimulatedWorker): void {
    worker.session = undefined;
    worker.dead = true;
    worker.cancelled = [];
    worker.runs.clear();
  }

  #open(worker: SimulatedWorker, tasks: readonly number[]): void {
    this.#sessions += 1;
    const session = `s${this.#sessions}`;
    worker.session = session;
    this.#world.apply({
      kind: "opened",
      session,
      worker: worker.name,
      application: "app",
      tasks: tasks.map((task) => ({ name: `t${task}`, hash: "" })),
      held: [...worker.runs.values()].map(({ claim, id }) => ({ claim, id })),
    });
    for (const run of [...worker.runs.values()]) {
      if (!this.#world.machine.counts(session, run.claim, run.id)) worker.runs.delete(run.claim);
      else if (run.outcome !== undefined) this.#sendOutcome(worker, run);
    }
  }

  #sendOutcome(worker: SimulatedWorker, run: Run): void {
    if (worker.session === undefined || run.outcome === undefined) return;
    this.#world.apply({ kind: "outcomes", session: worker.session, outcomes: [run.outcome] });
    run.sentBefore = this.#world.parts.changes.next;
  }
}

/** Workers without session: they fetch, or are pushed to. */
export class Fetchers {
  readonly #world: World;
  #runs: FetchedRun[] = [];
  #fetches = 0;

  constructor(world: World) {
    this.#world = world;
  }

  fetch(application: boolean, namespace: number | undefined, hold: number): void {
    this.#fetches += 1;
    this.#world.apply({
      kind: "fetch",
      fetch: this.#fetches,
      application: application ? "app" : undefined,
      namespace: namespace === undefined ? undefined : `n${namespace}`,
      holdUntil: this.#world.now + hold,
    });
  }

  /** Whoever fetched last hangs up. */
  unfetch(): void {
    this.#world.apply({ kind: "unfetch", fetch: this.#fetches });
  }

  handOut(delivery: Delivery | undefined): void {
    if (delivery === undefined) return;
    const id = Buffer.from(delivery.activation).toString();
    this.#world.oracle.handedOut(id, delivery.claim, this.#world.machine.claimed(delivery.claim)?.topic);
    this.#runs.push({ claim: delivery.claim, id, started: false });
  }

  start(): void {
    const run = this.#runs.find((run) => !run.started);
    if (run === undefined) return;
    run.started = true;
    // It cannot learn that its activation was cancelled.
    this.#world.oracle.started(run.id, false);
  }

  conclude(status: "complete" | "retry" | "failure"): void {
    const run = this.#runs.find((run) => run.started);
    if (run === undefined) return;
    this.#remove(run);
    if (status === "complete") this.#world.oracle.ended(run.id, "completed");
    this.#world.apply({
      kind: "concluded",
      conclusions: [{ id: run.id, status, maxAttempts: undefined, delay: undefined }],
    });
  }

  /** A pushed activation that was not taken, or of which nobody knows. */
  pushFails(kind: "refused" | "unanswered"): void {
    const run = this.#runs.find((run) => kind === "unanswered" || !run.started);
    if (run === undefined) return;
    this.#remove(run);
    this.#world.apply({ kind, claim: run.claim });
  }

  get areIdle(): boolean {
    return this.#runs.length === 0;
  }

  #remove(run: FetchedRun): void {
    this.#runs = this.#runs.filter((other) => other !== run);
  }
}
