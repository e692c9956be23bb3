import { ALWAYS_DEADLETTERED, type Reason } from "../../../activation/reasons.js";
import type { End, State } from "../../../activation/states.js";
import { failpoint } from "../../../base/failpoint.js";
import { fromStored, type Row } from "../live-row.js";
import type { Parts } from "../parts.js";
import type { Ending, StoredRow } from "../row.js";
import { chosenRootOf, namesOf, rootOf } from "./activation-names.js";

/** Delays and expiries handled at a time. */
const SLICE = 1000;

/**
 * The transitions of activations between their states: with each one, counts, queues and the changes for the journal
 * follow.
 */
export class Lifecycle {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Takes a row in, in its state. `counted`: it comes back from the journal, and tally and topic count it already. */
  enter(row: Row, counted = false): void {
    const { backpressure, rows, storedOnly } = this.#parts;
    if (counted) storedOnly.delete(row.facts);
    rows.add(row);
    if (!counted) {
      row.tally.move(undefined, row.state);
      backpressure.count(row.facts.topic, row.state, 1);
    }
    if (row.state === "pending") this.#queue(row);
  }

  /** A delay that passed is not written: the due time in the journal shows it. */
  move(row: Row, state: State): void {
    const { backpressure, changes, rows, step } = this.#parts;
    const before = row.state;
    if (before === "pending") this.#unqueue(row, state !== "processing");
    if (before === "delayed" && state === "pending") {
      failpoint("upkeep.delay-released");
      row.order = rows.nextNumber();
    }
    row.tally.move(before, state);
    backpressure.count(row.facts.topic, before, -1);
    backpressure.count(row.facts.topic, state, 1);
    rows.moved(before, state);
    row.state = state;
    if (state === "pending") this.#queue(row);
    if (before !== "delayed" || state !== "pending") changes.row(row, step.now);
  }

  /** Ended for good. */
  settle(row: Row, end: End): void {
    const { changes, counters, rows, step } = this.#parts;
    this.#uncount(row);
    failpoint("upkeep.settled");
    row.settled = true;
    counters.ends[end] += 1;
    if (end === "completed") row.tally.lastMinute.count("done", step.now);
    else if (end === "expired") row.tally.lastMinute.count("expired", step.now);
    if (row.processingAttempts > 1) this.#parts.lostAgain.ended(row.facts.id, end);
    if (end !== "retried" && end !== "deadlettered") this.#parts.ends.ended(row, end, step.now, step.wall);
    this.#parts.delays.settled(row);
    this.#parts.returned.returned(row.facts.seq);
    changes.row(row, step.now);
    // A forwarded activation lives on under its id.
    if (row.facts.remembered && end !== "forwarded") this.#remember(row, end);
    rows.delete(row);
  }

  /** Left to the next owner of its partition, which reads it again. */
  release(row: Row): void {
    const { changes, counters, delays, returned, rows, step } = this.#parts;
    this.#uncount(row);
    row.settled = true;
    counters.drops.surrendered += 1;
    delays.settled(row);
    returned.returned(row.facts.seq);
    if (row.stored) changes.row(row, step.now);
    rows.delete(row);
  }

  /** It waited, and a person cancelled it. */
  cancel(row: Row, by: string): void {
    row.ending = { reason: "cancelled", error: "", by };
    this.settle(row, "cancelled");
  }

  /** It ends as cancelled, after it was marked so. `how`: how its run ended, "" when none did. */
  cancelled(row: Row, how: string): void {
    const { id, topic, partition, offset, namespace, task } = row.facts;
    const by = row.ending?.by;
    row.ending = { reason: "cancelled", error: how, by };
    this.settle(row, "cancelled");
    this.#parts.step.log("info", "cancelled", { id, namespace, task, topic, partition, offset, by, how });
  }

  /** A delayed row is due now, also after a restart: unlike a delay that passed, this is written. */
  promote(row: Row): void {
    row.transient = false;
    this.move(row, "pending");
    this.#parts.changes.row(row, this.#parts.step.now);
  }

  /** Failed for good: it becomes a dead letter when the activation or the reason demands it, else it is discarded. */
  fail(row: Row, reason: Reason, error: string, maxAttempts?: number): void {
    if (row.cancelled) {
      this.cancelled(row, `${reason}: ${error}`);
      return;
    }
    const { counters, step } = this.#parts;
    counters.failed(reason);
    row.tally.lastMinute.count("failed", step.now);
    const lost = row.processingAttempts === 0 ? {} : { lost: row.processingAttempts };
    const fields = { ...namesOf(row.facts), ...lost, reason, error };
    if (!row.facts.deadLetter && !ALWAYS_DEADLETTERED.has(reason)) {
      row.ending = { reason, error, maxAttempts };
      this.settle(row, "discarded");
      step.log("warn", "discarded", fields);
      return;
    }
    step.log("warn", "dead letter", fields);
    this.end(row, "failure", { reason, error, maxAttempts });
  }

  /** Ended with something to publish, unless it was cancelled. */
  end(row: Row, state: "retry" | "failure", ending: Ending): void {
    if (row.cancelled) {
      this.cancelled(row, `${ending.reason}: ${ending.error}`);
      return;
    }
    const { ends, step } = this.#parts;
    if (state === "retry" && ending.demoted !== true) row.tally.lastMinute.count("failed", step.now);
    row.ending = ending;
    if (ending.demoted !== true) ends.ended(row, state, step.now, step.wall);
    this.move(row, state);
    this.publish(row);
  }

  /** Asks for the next run, the dead letter, or the forwarding of a row that has ended. */
  publish(row: Row): void {
    const as = row.state === "failure" ? "deadletter" : row.ending?.demoted === true ? "forward" : "retry";
    this.#parts.step.emit({ kind: "publish", as, row });
  }

  /** The log has the next run, dead letter or forwarded record of the row. */
  published(row: Row): void {
    if (row.settled) return;
    if (row.state === "failure") this.settle(row, "deadlettered");
    else this.settle(row, row.ending?.demoted === true ? "forwarded" : "retried");
  }

  /** The log rejects what is to be published: the journal keeps the row, and the next start tries again. */
  keepUnpublished(row: Row, error: string): void {
    if (row.settled) return;
    const { backpressure, counters, finished, step } = this.#parts;
    const { id, topic, partition, offset, payload, remembered } = row.facts;
    // It waits for the next start: it must not hold reading back, and no second copy of it may run meanwhile. The
    // journal does not learn that: then its row does, and a forwarded one is to come in again.
    backpressure.count(topic, row.state, -1);
    if (remembered) finished.add(id, step.wall);
    const chain = { root: rootOf(row.facts), attempt: row.facts.attempts + 1, lost: row.processingAttempts };
    counters.addUnpublishable({ id, ...chain, topic, partition, offset, bytes: payload.length, error });
    const message =
      "the log rejected this record permanently; it is kept in the in-flight file and retried at the next start";
    step.log("warn", message, { ...namesOf(row.facts), bytes: payload.length, error });
    this.forgetWhenWritten(row);
  }

  /** Delayed rows whose delay has passed become pending, and pending ones expire: a slice of them. */
  releaseDue(wall: number): void {
    const { delays, expiries } = this.#parts;
    let left = SLICE;
    for (let row = delays.takeDue(wall); row !== undefined; row = left > 0 ? delays.takeDue(wall) : undefined) {
      left -= 1;
      if (row.state === "delayed" && !row.settled) this.move(row, "pending");
    }
    for (let row = expiries.takeDue(wall); row !== undefined; row = left > 0 ? expiries.takeDue(wall) : undefined) {
      left -= 1;
      if (row.state === "pending" && !row.settled) this.expire(row);
    }
  }

  expire(row: Row): void {
    failpoint("upkeep.expired");
    this.settle(row, "expired");
    this.#parts.step.log("info", "expired", namesOf(row.facts));
  }

  /** Leaves memory; the journal has it, and tally and topic still count it. */
  forget(row: Row): void {
    const { delays, returned, rows, storedOnly } = this.#parts;
    returned.left(row.facts.id);
    // A load under way may still bring it as delayed.
    if (row.state !== "delayed") delays.settled(row);
    if (row.state === "delayed" || row.state === "parked") storedOnly.add(row.facts);
    rows.delete(row);
  }

  /** Leaves memory as soon as the journal has it. */
  forgetWhenWritten(row: Row): void {
    if (row.stored && !row.dirty) this.forget(row);
    else row.transient = true;
  }

  /** Drops a row of the journal that never becomes live, when another activation has or had its id; true when it did. */
  dropDuplicate(stored: StoredRow): boolean {
    const { counters, finished, rows } = this.#parts;
    const live = rows.get(stored.id);
    const duplicate = live !== undefined && live.facts.seq !== stored.seq;
    if (!duplicate && !(stored.remembered && finished.has(stored.id))) return false;
    counters.drops.duplicate += 1;
    this.#endStored(stored);
    return true;
  }

  /** A row that only the journal has ends as cancelled. */
  cancelStored(stored: StoredRow, by: string): void {
    const { counters, delays, ends, step } = this.#parts;
    const row = this.#endStored(stored);
    row.ending = { reason: "cancelled", error: "", by };
    counters.ends.cancelled += 1;
    ends.ended(row, "cancelled", step.now, step.wall);
    delays.settled(row);
    if (row.facts.remembered) this.#remember(row, "cancelled");
  }

  /** A delayed row that only the journal has is due: parked, from where it comes back as soon as there is room and a worker. */
  parkStored(stored: StoredRow): Row {
    const { backpressure, changes, delays, returned, step, tallies } = this.#parts;
    returned.returned(stored.seq);
    const row = fromStored(stored, tallies.of(stored));
    delays.settled(row);
    row.tally.move(row.state, "parked");
    backpressure.count(row.facts.topic, row.state, -1);
    backpressure.count(row.facts.topic, "parked", 1);
    row.state = "parked";
    changes.row(row, step.now);
    return row;
  }

  /** A row that only the journal has is settled. */
  #endStored(stored: StoredRow): Row {
    const { backpressure, changes, returned, step, storedOnly, tallies } = this.#parts;
    returned.returned(stored.seq);
    storedOnly.delete(stored);
    const row = fromStored(stored, tallies.of(stored));
    row.settled = true;
    row.tally.move(row.state, undefined);
    backpressure.count(row.facts.topic, row.state, -1);
    changes.row(row, step.now);
    return row;
  }

  /** At-most-once rows that waited for their position may be handed out. */
  queueCovered(rows: readonly Row[]): void {
    for (const row of rows) if (row.state === "pending" && !row.settled) this.#offer(row);
  }

  #queue(row: Row): void {
    const { expiries, ownership, rows } = this.#parts;
    expiries.add(row, rows.size);
    if (!ownership.hold(row)) this.#offer(row);
  }

  /** It may be handed out, unless it was cancelled while it waited to be proven ours. */
  #offer(row: Row): void {
    if (row.cancelled) this.cancelled(row, "");
    else this.#parts.queues.add(row);
  }

  /** It is pending no more. `queued`: it was not taken out of its queue. */
  #unqueue(row: Row, queued: boolean): void {
    if (queued) this.#parts.queues.remove(row);
    this.#parts.ownership.unhold(row);
  }

  /** Out of the queues and counts, before it is settled. */
  #uncount(row: Row): void {
    if (row.state === "pending") this.#unqueue(row, true);
    row.tally.move(row.state, undefined);
    this.#parts.backpressure.count(row.facts.topic, row.state, -1);
  }

  /** An id chosen by the caller is also remembered while its chain goes on: until its next run is due, and from then on. */
  #remember({ facts, ending }: Row, end: End): void {
    const { changes, finished, step } = this.#parts;
    const from = step.wall + (end === "retried" ? 1000 * (ending?.delay ?? 0) : 0);
    const root = chosenRootOf(facts);
    for (const id of root === undefined ? [facts.id] : [facts.id, root]) changes.remember(finished.add(id, from));
  }
}
