import { factsOf, type Place, poisonFacts } from "./arrival.js";
import { Claims } from "./claims.js";
import { Core } from "./core.js";
import type { Arrival, Changes, Effect, Event, Limits, PartitionState, Recovered } from "./events.js";
import { type Facts, fromStored, Row, type State, type StoredRow } from "./row.js";

interface Partition extends PartitionState {
  position: number;
  /** At-most-once records below it were another journal's. */
  takenOverUntil: number;
}

/**
 * The in-flight activations of a pool: a pure state machine. It has no clock, no timers and does no I/O; every event
 * comes with the time, and all that is to be done outside is an effect. Rows are in memory first; `takeChanges` gives
 * what the next journal commit has to hold. The states are described in row.ts.
 */
export class Inflight {
  readonly #core: Core;
  readonly #claims: Claims;
  readonly #partitions = new Map<string, Partition>();
  #nextSeq = 1;

  constructor(limits: Limits) {
    this.#core = new Core(limits);
    this.#claims = new Claims(this.#core);
  }

  apply(event: Event, now: number): Effect[] {
    this.#take(event, now);
    this.#upkeep(now);
    this.#claims.dispatch(now);
    return this.#core.takeEffects();
  }

  /** What changed since the last time, as one journal commit. */
  takeChanges(): Changes {
    return this.#core.changes.take((row) => {
      if (row.transient && row.state === "delayed") this.#core.forget(row);
    });
  }

  /** Whether there is something to commit. */
  get changed(): number {
    return this.#core.changes.size;
  }

  /** Whether a claim that a worker brought back counts for its session. */
  counts(session: string, claim: number, id: string): boolean {
    return this.#claims.counts(session, claim, id);
  }

  /** When a `tick` has something to do; Infinity when never. */
  nextWake(now: number): number {
    const { delays, expiries, room } = this.#core;
    return Math.min(delays.nextWake(room), expiries.earliest, this.#claims.nextWake(now));
  }

  /** For status and metrics; read only. */
  get view(): { readonly core: Core; readonly claims: Claims; readonly partitions: Iterable<PartitionState> } {
    return { core: this.#core, claims: this.#claims, partitions: this.#partitions.values() };
  }

  #take(event: Event, now: number): void {
    switch (event.kind) {
      case "recovered":
        this.#recover(event, now);
        break;
      case "assigned":
        this.#assigned(event.topic, event.partition, event.logId, event.takenOver ? (event.committed ?? 0) : 0);
        break;
      case "arrived":
        this.#arrived(event.topic, event.partition, event.arrivals, now);
        break;
      case "opened":
        this.#claims.open(event.session, event.worker, event.application, event.tasks, event.held);
        break;
      case "credit":
        this.#claims.credit(event.session, event.count);
        break;
      case "started":
        this.#claims.started(event.session, event.starts, now);
        break;
      case "outcomes":
        for (const outcome of event.outcomes) this.#claims.outcome(event.session, outcome);
        break;
      case "returned":
        this.#claims.returned(event.session, event.claims);
        break;
      case "draining":
        this.#claims.draining(event.session);
        break;
      case "lost":
        this.#claims.lost(event.session, now);
        break;
      case "closed":
        this.#claims.closed(event.session);
        break;
      case "published":
        for (const row of event.rows) {
          if (!row.settled) this.#core.settle(row, row.state === "retry" ? "retried" : "deadlettered");
        }
        break;
      case "loaded":
        this.#loaded(event.rows, event.complete, event.nextDue, now);
        break;
      case "committed":
        this.#claims.committed(event.number);
        break;
      case "tick":
        this.#claims.tick(now);
        break;
    }
  }

  /** Delays that passed, expiries, and rows to be read back. */
  #upkeep(now: number): void {
    const core = this.#core;
    for (let row = core.delays.takeDue(now); row !== undefined; row = core.delays.takeDue(now)) {
      if (row.state !== "delayed" || row.settled) continue;
      core.move(row, "pending");
    }
    for (let row = core.expiries.popDue(now); row !== undefined; row = core.expiries.popDue(now)) {
      if (row.state === "pending" && !row.settled) core.expire(row);
    }
    const load = core.delays.load(now, core.room);
    if (load !== undefined) core.emit(load);
  }

  #recover(event: Recovered, now: number): void {
    this.#nextSeq = event.nextSeq;
    for (const state of event.partitions) {
      this.#partitions.set(`${state.topic}\0${state.partition}`, { ...state, takenOverUntil: 0 });
      this.#core.changes.partition(state, true);
    }
    for (const stored of event.counted) this.#core.tallies.of(stored)[stored.state] += stored.count;
    this.#core.delays.recovered(event.nextDue);
    this.#claims.recovered(event.boot, event.workers, now);
    for (const stored of event.rows) {
      const row = this.#enterStored(stored, false);
      if (row?.state === "processing") this.#claims.restore(row, now);
    }
  }

  #assigned(topic: string, partition: number, logId: string, takenOverUntil: number): void {
    const key = `${topic}\0${partition}`;
    const known = this.#partitions.get(key);
    if (known !== undefined && known.logId === logId) {
      known.takenOverUntil = takenOverUntil;
      return;
    }
    if (known !== undefined) {
      this.#core.emit({
        kind: "log",
        level: "warn",
        message: "the log was replaced: reading it from its start",
        fields: { topic, partition, before: known.logId, now: logId, position: known.position },
      });
    }
    this.#partitions.set(key, { topic, partition, logId, position: 0, takenOverUntil });
    this.#core.changes.partition({ topic, partition, logId, position: 0 }, false);
  }

  #arrived(topic: string, partition: number, arrivals: readonly Arrival[], now: number): void {
    const state = this.#partitions.get(`${topic}\0${partition}`);
    if (state === undefined) throw new Error(`${topic}/${partition}: records arrived before it was assigned`);
    for (const arrival of arrivals) {
      if (arrival.offset < state.position) {
        this.#core.drops.redelivered += 1;
        continue;
      }
      state.position = arrival.offset + 1;
      const place: Place = { topic, partition, offset: arrival.offset };
      if ("poison" in arrival) {
        const facts = poisonFacts(this.#nextSeq, place, arrival.payload, now);
        const row = this.#enter(facts, "pending");
        this.#core.fail(row, arrival.poison, arrival.error);
      } else if (this.#core.byId(arrival.head.id) !== undefined) {
        this.#core.drops.duplicate += 1;
        this.#core.changes.touch(place);
        this.#core.emit({
          kind: "log",
          level: "warn",
          message: "dropped: already in flight",
          fields: { id: arrival.head.id, ...place },
        });
      } else {
        const facts = factsOf(this.#nextSeq, place, arrival.payload, arrival.head, this.#core.limits, now);
        // Another journal had it: whether it was started there is not known here.
        const foreign = facts.atMostOnce && arrival.offset < state.takenOverUntil;
        const row = this.#enter(facts, facts.due > now && !foreign ? "delayed" : "pending", now);
        if (row.state === "pending" && !this.#claims.adopted(row) && foreign) {
          this.#core.fail(row, "taken_over", "the topic was taken over from another in-flight file");
        }
      }
    }
  }

  #enter(facts: Facts, state: State, now = 0): Row {
    this.#nextSeq += 1;
    const row = new Row(facts, this.#core.tallies.of(facts), state);
    if (state === "delayed") row.transient = !this.#core.delays.admit(row, now);
    this.#core.enter(row);
    this.#core.changes.arrived(row);
    // A pending one needs no row until something happens to it: the log has it.
    if (state === "delayed") this.#core.changes.row(row);
    return row;
  }

  #loaded(rows: readonly StoredRow[], complete: boolean, nextDue: number, now: number): void {
    for (const stored of this.#core.delays.loaded(rows, complete, nextDue)) {
      if (this.#core.isDuplicate(stored)) {
        this.#core.dropStored(stored);
        continue;
      }
      const row = this.#enterStored(stored, true);
      if (row === undefined || row.facts.due > now) continue;
      this.#core.move(row, "pending");
      this.#claims.adopted(row);
    }
  }

  /** A row of the journal becomes live; undefined when it is already. */
  #enterStored(stored: StoredRow, counted: boolean): Row | undefined {
    if (this.#core.byId(stored.id)?.facts.seq === stored.seq) return undefined;
    const row = fromStored(stored, this.#core.tallies.of(stored));
    this.#core.enter(row, counted);
    if (row.state === "delayed") this.#core.delays.add(row);
    if (row.state === "retry") this.#core.emit({ kind: "publish", as: "retry", row });
    if (row.state === "failure") this.#core.emit({ kind: "publish", as: "deadletter", row });
    return row;
  }
}
