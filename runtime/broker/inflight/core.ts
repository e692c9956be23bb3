import { ALWAYS_DEADLETTERED, type Reason } from "../../activation/reasons.js";
import { ChangeSet } from "./changes.js";
import { Delays } from "./delays.js";
import type { Effect, End, Limits } from "./events.js";
import { Heap } from "./heap.js";
import { Lanes } from "./lanes.js";
import { type Ending, type Facts, fromStored, type Row, type State, type StoredRow } from "./row.js";
import { Tallies } from "./tally.js";

/** How much of a topic is live. */
interface TopicLoad {
  /** Pending, and ended but not yet published. */
  pending: number;
  processing: number;
  paused: boolean;
}

const RESUME_SHARE = 0.75;
const SPARE_EXPIRIES = 1024;

/** What all parts of the machine share: the live rows, their states, the changes and effects so far. */
export class Core {
  readonly limits: Limits;
  readonly tallies = new Tallies();
  readonly changes = new ChangeSet();
  readonly lanes = new Lanes();
  readonly delays: Delays;
  /** Pending rows with an expiry; those that left the state are passed over. */
  readonly expiries = new Heap<Row>();
  readonly ends: Record<End, number> = {
    completed: 0,
    retried: 0,
    deadlettered: 0,
    discarded: 0,
    expired: 0,
    killswitched: 0,
    forwarded: 0,
  };
  readonly drops = { redelivered: 0, duplicate: 0, stale: 0 };
  readonly #ids = new Map<string, Row>();
  readonly #topics = new Map<string, TopicLoad>();
  #effects: Effect[] = [];
  #orders = 0;
  #live = 0;
  #processing = 0;

  constructor(limits: Limits) {
    this.limits = limits;
    this.delays = new Delays(limits);
  }

  emit(effect: Effect): void {
    this.#effects.push(effect);
  }

  takeEffects(): Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** The live row of an activation id. */
  byId(id: string): Row | undefined {
    return this.#ids.get(id);
  }

  /** Free places for live rows, over all topics. Claimed ones have limits of their own. */
  get room(): number {
    return this.limits.maxPendingCount * Math.max(1, this.#topics.size) - (this.#live - this.#processing);
  }

  topic(name: string): TopicLoad {
    let load = this.#topics.get(name);
    if (load === undefined) {
      load = { pending: 0, processing: 0, paused: false };
      this.#topics.set(name, load);
    }
    return load;
  }

  /** Takes a row in, in its state. `counted`: the tallies know it already. */
  enter(row: Row, counted = false): void {
    this.#ids.set(row.facts.id, row);
    this.#live += 1;
    if (!counted) row.tally.move(undefined, row.state);
    this.#load(row.facts.topic, row.state, 1);
    this.#placed(row);
  }

  /** A delay that passed is not written: the journal's due time says it. */
  move(row: Row, state: State): void {
    const written = row.state !== "delayed" || state !== "pending";
    row.tally.move(row.state, state);
    this.#load(row.facts.topic, row.state, -1);
    if (row.state === "pending" && state !== "processing") this.lanes.remove(row);
    row.state = state;
    this.#load(row.facts.topic, state, 1);
    this.#placed(row);
    if (written) this.changes.row(row);
  }

  /** Finally settled. */
  settle(row: Row, end: End): void {
    if (row.state === "pending") this.lanes.remove(row);
    row.tally.move(row.state, undefined);
    row.settled = true;
    this.ends[end] += 1;
    this.delays.settled(row);
    this.changes.row(row);
    this.#leave(row);
  }

  /** Another activation of the same id is in flight. */
  isDuplicate({ id, seq }: Facts): boolean {
    const live = this.#ids.get(id);
    return live !== undefined && live.facts.seq !== seq;
  }

  /** A row of the journal that never becomes live. */
  dropStored(stored: StoredRow): void {
    const row = fromStored(stored, this.tallies.of(stored));
    row.settled = true;
    row.tally.move(row.state, undefined);
    this.drops.duplicate += 1;
    this.changes.row(row);
  }

  /** Out of memory; the journal has it, the tallies still count it. */
  forget(row: Row): void {
    this.#leave(row);
  }

  /** Ended for good: to the dead letters when the activation or the reason says so, else discarded. */
  fail(row: Row, reason: Reason, error: string): void {
    if (!row.facts.deadLetter && !ALWAYS_DEADLETTERED.has(reason)) {
      this.settle(row, "discarded");
      this.emit({ kind: "log", level: "warn", message: "discarded", fields: { ...namesOf(row.facts), reason, error } });
      return;
    }
    this.emit({ kind: "log", level: "warn", message: "dead letter", fields: { ...namesOf(row.facts), reason, error } });
    this.end(row, "failure", { reason, error });
  }

  /** Ended with something to publish. */
  end(row: Row, state: "retry" | "failure", ending: Ending): void {
    row.ending = ending;
    this.move(row, state);
    this.emit({ kind: "publish", as: state === "retry" ? "retry" : "deadletter", row });
  }

  expire(row: Row): void {
    this.settle(row, "expired");
    this.emit({ kind: "log", level: "info", message: "expired", fields: namesOf(row.facts) });
  }

  #placed(row: Row): void {
    if (row.state !== "pending") return;
    if (row.order === 0) {
      this.#orders += 1;
      row.order = this.#orders;
    }
    if (row.facts.expiresAt !== Number.POSITIVE_INFINITY) {
      // Those that are no longer pending would hold their payloads until they expire.
      if (this.expiries.size > 2 * this.#live + SPARE_EXPIRIES)
        this.expiries.keep((kept) => kept.state === "pending" && !kept.settled);
      this.expiries.push(row.facts.expiresAt, row);
    }
    this.lanes.add(row);
  }

  #leave(row: Row): void {
    if (this.#ids.get(row.facts.id) === row) this.#ids.delete(row.facts.id);
    this.#live -= 1;
    this.#load(row.facts.topic, row.state, -1);
  }

  #load(topic: string, state: State, by: 1 | -1): void {
    if (state === "delayed") return;
    const load = this.topic(topic);
    if (state === "processing") {
      load.processing += by;
      this.#processing += by;
      return;
    }
    load.pending += by;
    if (!load.paused && load.pending >= this.limits.maxPendingCount) {
      load.paused = true;
      this.emit({ kind: "pause", topic });
    } else if (load.paused && load.pending <= this.limits.maxPendingCount * RESUME_SHARE) {
      load.paused = false;
      this.emit({ kind: "resume", topic });
    }
  }
}

/** What names an activation in a log line. */
export function namesOf(facts: Facts): object {
  const { id, namespace, task, topic, partition, offset } = facts;
  return { id, namespace, task, topic, partition, offset };
}
