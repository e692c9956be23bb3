import { ALWAYS_DEADLETTERED, type Reason } from "../../activation/reasons.js";
import { failpoint } from "../../base/failpoint.js";
import { hash64 } from "../../base/ids.js";
import { ChangeSet } from "./commit/changes.js";
import { Finished } from "./commit/finished.js";
import { IdSet } from "./commit/id-set.js";
import { Reading, type TopicLoad } from "./counts/backpressure.js";
import type { Unpublishable } from "./counts/snapshot.js";
import { Tallies } from "./counts/tally.js";
import type { Effect, End } from "./events.js";
import { Custody } from "./intake/partition-ownership.js";
import type { Limits } from "./limits.js";
import { chosenRootOf, rootOf } from "./root.js";
import { type Ending, type Facts, fromStored, type Row, type State, type StoredRow } from "./row.js";
import { Delays } from "./waiting/delays.js";
import { Heap } from "./waiting/heap.js";
import { Lanes } from "./waiting/pending-queues.js";

const SPARE_EXPIRIES = 1024;
/** Activations that the log refuses are named in the status up to this number. */
const NAMED_UNPUBLISHABLE = 100;

/** What all parts of the machine share: the live rows, their states, the changes and effects so far. */
export class Core {
  readonly limits: Limits;
  /** The time of the event at hand, by which it is measured what lasts. */
  now = 0;
  /** The time of the event at hand by the wall, by which it is decided what is due. */
  wall = 0;
  readonly tallies = new Tallies();
  readonly changes = new ChangeSet();
  readonly lanes = new Lanes();
  readonly delays: Delays;
  readonly reading: Reading;
  readonly finished: Finished;
  readonly custody = new Custody();
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
  /** Ends as failure, by reason. */
  readonly failures = new Map<Reason, number>();
  readonly drops = { redelivered: 0, duplicate: 0, finished: 0, stale: 0, surrendered: 0 };
  /** At-least-once records read again because the journal lost rows: they may run twice. */
  reread = 0;
  readonly unpublishable: Unpublishable[] = [];
  unpublishableCount = 0;
  /** Activations taken in with numbers beyond their bounds. */
  clamped = 0;
  readonly #ids = new Map<string, Row>();
  /** Ids of delayed and parked rows that only the journal has, of those that are remembered. */
  readonly #away = new IdSet();
  #effects: Effect[] = [];
  #numbers = 0;
  #live = 0;
  #liveBytes = 0;
  /** Live rows that take the place of pending ones: delayed, parked and claimed ones have limits of their own. */
  #waiting = 0;

  constructor(limits: Limits) {
    this.limits = limits;
    this.delays = new Delays(limits);
    this.finished = new Finished(limits);
    this.reading = new Reading(limits, (effect) => this.emit(effect));
  }

  /** Milliseconds by which wall is ahead of now: whole ones, for the two are read one after the other. */
  get lead(): number {
    return Math.round(this.wall - this.now);
  }

  emit(effect: Effect): void {
    this.#effects.push(effect);
  }

  takeEffects(): Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** One count for seq and order: what came later has the larger number. */
  nextNumber(): number {
    this.#numbers += 1;
    return this.#numbers;
  }

  numbersFrom(next: number): void {
    this.#numbers = next - 1;
  }

  /** The live row of an activation id. */
  byId(id: string): Row | undefined {
    return this.#ids.get(id);
  }

  get rows(): IterableIterator<Row> {
    return this.#ids.values();
  }

  get liveBytes(): number {
    return this.#liveBytes;
  }

  get live(): number {
    return this.#live;
  }

  /** Free places for pending rows, over all topics. */
  get room(): number {
    if (this.#liveBytes >= this.limits.maxLiveBytes) return 0;
    return Math.max(0, this.limits.maxPendingCount * Math.max(1, this.reading.size) - this.#waiting);
  }

  /** Whether delayed rows may wait in memory: they leave half of it to others. */
  get delaysFit(): boolean {
    return this.#liveBytes < this.limits.maxLiveBytes / 2;
  }

  topic(name: string): TopicLoad {
    return this.reading.topic(name);
  }

  /** Takes a row in, in its state. `counted`: tallies and topics know it already. */
  enter(row: Row, counted = false): void {
    if (counted) this.#returned(row.facts);
    this.#ids.set(row.facts.id, row);
    this.#live += 1;
    this.#liveBytes += row.facts.payload.length;
    if (waits(row.state)) this.#waiting += 1;
    if (!counted) {
      row.tally.move(undefined, row.state);
      this.reading.count(row.facts.topic, row.state, 1);
    }
    this.#placed(row);
  }

  /** A delay that passed is not written: the journal's due time says it. */
  move(row: Row, state: State): void {
    const before = row.state;
    if (before === "pending") this.#unplaced(row, state !== "processing");
    if (before === "delayed" && state === "pending") {
      failpoint("upkeep.delay-released");
      row.order = this.nextNumber();
    }
    row.tally.move(before, state);
    this.reading.count(row.facts.topic, before, -1);
    this.reading.count(row.facts.topic, state, 1);
    this.#waiting += (waits(state) ? 1 : 0) - (waits(before) ? 1 : 0);
    row.state = state;
    this.#placed(row);
    if (before !== "delayed" || state !== "pending") this.changes.row(row, this.now);
  }

  /** Finally settled. */
  settle(row: Row, end: End): void {
    if (row.state === "pending") this.#unplaced(row, true);
    row.tally.move(row.state, undefined);
    this.reading.count(row.facts.topic, row.state, -1);
    failpoint("upkeep.settled");
    row.settled = true;
    this.ends[end] += 1;
    if (end === "completed") row.tally.lastMinute.count("done", this.now);
    this.delays.settled(row);
    this.changes.row(row, this.now);
    // A forwarded activation lives on under its id.
    if (row.facts.remembered && end !== "forwarded") this.#remember(row, end);
    this.#leave(row);
  }

  /** An id that the caller chose is also remembered while its chain goes on: until its next run is due, and on from there. */
  #remember({ facts, ending }: Row, end: End): void {
    const from = this.wall + (end === "retried" ? 1000 * (ending?.delay ?? 0) : 0);
    const root = chosenRootOf(facts);
    for (const id of root === undefined ? [facts.id] : [facts.id, root]) {
      this.changes.remember(this.finished.add(id, from));
    }
  }

  /** Left to the next owner of its partition, which reads it again. */
  surrender(row: Row): void {
    if (row.state === "pending") this.#unplaced(row, true);
    row.tally.move(row.state, undefined);
    this.reading.count(row.facts.topic, row.state, -1);
    row.settled = true;
    this.drops.surrendered += 1;
    this.delays.settled(row);
    if (row.stored) this.changes.row(row, this.now);
    this.#leave(row);
  }

  /** Rows whose position is proven may be handed out. */
  free(rows: readonly Row[]): void {
    for (const row of rows) if (row.state === "pending" && !row.settled) this.lanes.add(row);
  }

  /** Another activation of the same id is in flight, or has ended. */
  isDuplicate({ id, seq, remembered }: Facts): boolean {
    const live = this.#ids.get(id);
    return (live !== undefined && live.facts.seq !== seq) || (remembered && this.finished.has(id));
  }

  /** Whether only the journal has an activation of this id, which is remembered when it is finished. */
  isAway(id: string): boolean {
    return this.#away.size > 0 && this.#away.has(hash64(id));
  }

  /** Ids that only the journal has, at start. */
  recoverAway(hashes: BigUint64Array): void {
    for (const hash of hashes) this.#away.add(hash);
  }

  /** A row comes back from the journal. */
  #returned({ id, remembered }: Facts): void {
    if (remembered) this.#away.delete(hash64(id));
  }

  /** A row of the journal that never becomes live. */
  dropStored(stored: StoredRow): void {
    this.#returned(stored);
    const row = fromStored(stored, this.tallies.of(stored));
    row.settled = true;
    row.tally.move(row.state, undefined);
    this.reading.count(row.facts.topic, row.state, -1);
    this.drops.duplicate += 1;
    this.changes.row(row, this.now);
  }

  /** Out of memory; the journal has it, tallies and topics still count it. */
  forget(row: Row): void {
    // A load under way may still bring it as delayed.
    if (row.state !== "delayed") this.delays.settled(row);
    if (row.facts.remembered && (row.state === "delayed" || row.state === "parked"))
      this.#away.add(hash64(row.facts.id));
    this.#leave(row);
  }

  /** Out of memory as soon as the journal has it. */
  forgetWhenWritten(row: Row): void {
    if (row.stored && !row.dirty) this.forget(row);
    else row.transient = true;
  }

  /** Ended for good: to the dead letters when the activation or the reason says so, else discarded. */
  fail(row: Row, reason: Reason, error: string, maxAttempts?: number): void {
    this.failures.set(reason, (this.failures.get(reason) ?? 0) + 1);
    row.tally.lastMinute.count("failed", this.now);
    const lost = row.processingAttempts === 0 ? {} : { lost: row.processingAttempts };
    const fields = { ...namesOf(row.facts), ...lost, reason, error };
    if (!row.facts.deadLetter && !ALWAYS_DEADLETTERED.has(reason)) {
      this.settle(row, "discarded");
      this.emit({ kind: "log", level: "warn", message: "discarded", fields });
      return;
    }
    this.emit({ kind: "log", level: "warn", message: "dead letter", fields });
    this.end(row, "failure", { reason, error, maxAttempts });
  }

  /** Ended with something to publish. */
  end(row: Row, state: "retry" | "failure", ending: Ending): void {
    if (state === "retry" && ending.demoted !== true) row.tally.lastMinute.count("failed", this.now);
    row.ending = ending;
    this.move(row, state);
    this.publish(row);
  }

  /** Asks for what a row that has ended leaves behind. */
  publish(row: Row): void {
    const as = row.state === "failure" ? "deadletter" : row.ending?.demoted === true ? "forward" : "retry";
    this.emit({ kind: "publish", as, row });
  }

  expire(row: Row): void {
    failpoint("upkeep.expired");
    this.settle(row, "expired");
    this.emit({ kind: "log", level: "info", message: "expired", fields: namesOf(row.facts) });
  }

  /** The log refuses what is to be published: the journal keeps the row, and the next start tries again. */
  keepUnpublished(row: Row, error: string): void {
    const { id, topic, partition, offset, payload, remembered } = row.facts;
    this.unpublishableCount += 1;
    // It waits for the next start: it must not hold reading back, and no second copy of it may run meanwhile. The
    // journal does not learn that: then its row does, and a forwarded one is to come in again.
    this.reading.count(topic, row.state, -1);
    if (remembered) this.finished.add(id, this.wall);
    if (this.unpublishable.length < NAMED_UNPUBLISHABLE) {
      const chain = { root: rootOf(row.facts), attempt: row.facts.attempts + 1, lost: row.processingAttempts };
      this.unpublishable.push({ id, ...chain, topic, partition, offset, bytes: payload.length, error });
    }
    this.emit({
      kind: "log",
      level: "warn",
      message: "the log refuses it for good: it stays in the in-flight file, and the next start tries again",
      fields: { ...namesOf(row.facts), bytes: payload.length, error },
    });
    this.forgetWhenWritten(row);
  }

  #placed(row: Row): void {
    if (row.state !== "pending") return;
    if (row.facts.expiresAt !== Number.POSITIVE_INFINITY) {
      // Those that are no longer pending would hold their payloads until they expire.
      if (this.expiries.size > 2 * this.#live + SPARE_EXPIRIES)
        this.expiries.keep((kept) => kept.state === "pending" && !kept.settled);
      this.expiries.push(row.facts.expiresAt, row);
    }
    if (!this.custody.holds(row)) this.lanes.add(row);
  }

  /** It is pending no more. `waits`: it was not taken out of its lane. */
  #unplaced(row: Row, waits: boolean): void {
    if (waits) this.lanes.remove(row);
    this.custody.release(row);
  }

  #leave(row: Row): void {
    if (this.#ids.get(row.facts.id) === row) this.#ids.delete(row.facts.id);
    this.#live -= 1;
    this.#liveBytes -= row.facts.payload.length;
    if (waits(row.state)) this.#waiting -= 1;
  }
}

function waits(state: State): boolean {
  return state === "pending" || state === "retry" || state === "failure";
}

/** What names an activation in a log line; `root` only in a further run. */
export function namesOf(facts: Facts): object {
  const { id, namespace, task, topic, partition, offset } = facts;
  const root = rootOf(facts);
  return { id, ...(root === id ? {} : { root }), namespace, task, topic, partition, offset };
}
