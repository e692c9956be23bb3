import type { ActivationHead } from "../../../activation/activation.js";
import { CHOSEN_ID_HEADER } from "../../../activation/headers.js";
import type { State } from "../../../activation/states.js";
import type { Cancel } from "../acts/cancel.js";
import type { Claims } from "../claims/claims.js";
import type { Arrived } from "../events.js";
import { Row } from "../live-row.js";
import type { Parts } from "../parts.js";
import type { Facts, RecordOffset } from "../row.js";
import { namesOf } from "../states/activation-names.js";
import type { Lifecycle } from "../states/lifecycle.js";
import type { Parking } from "../states/parking.js";
import { factsOf, poisonFacts } from "./arrival.js";
import { MAY_HAVE_RUN_ELSEWHERE } from "./older-copy.js";
import type { Partitions } from "./partitions.js";
import { type Replays, type ReplayVerdict, verdictOn } from "./replay.js";
import type { RuntimePolicy } from "./runtime-policy.js";

/** What takes part in the decision about a record. */
interface IntakeSteps {
  readonly lifecycle: Lifecycle;
  readonly partitions: Partitions;
  readonly replays: Replays;
  readonly claims: Claims;
  readonly parking: Parking;
  readonly policy: RuntimePolicy;
  readonly cancel: Cancel;
}

/** Why an at-most-once record that is read again fails. */
const REPLAY_ERRORS = {
  taken_over: MAY_HAVE_RUN_ELSEWHERE,
  store_corrupt: "its row in the in-flight file was damaged",
} as const;

/** Records of the log become activations, or are dropped as copies of one that is or was in flight. */
export class Intake {
  readonly #parts: Parts;
  readonly #steps: IntakeSteps;

  constructor(parts: Parts, steps: IntakeSteps) {
    this.#parts = parts;
    this.#steps = steps;
  }

  arrived({ topic, partition, arrivals, next }: Arrived): void {
    const { changes, counters, ownership, rows, step, tallies } = this.#parts;
    const state = this.#steps.partitions.get({ topic, partition });
    if (state === undefined) throw new Error(`${topic}/${partition}: records arrived before it was assigned`);
    const replay = this.#steps.replays.of(state);
    for (const arrival of arrivals) {
      if (arrival.offset < state.position) {
        counters.drops.redelivered += 1;
        continue;
      }
      state.position = arrival.offset + 1;
      const record: RecordOffset = { topic, partition, offset: arrival.offset };
      changes.reached(record);
      const verdict = verdictOn(arrival.offset, replay);
      if (verdict === "kept" || changes.isDone(record)) {
        counters.drops.redelivered += 1;
        changes.done(record);
      } else if ("poison" in arrival) {
        const facts = poisonFacts(rows.nextNumber(), record, arrival.payload, step.wall);
        const row = this.#enter(facts, tallies.of(facts), "pending");
        this.#steps.lifecycle.fail(row, arrival.poison, arrival.error);
      } else {
        if (arrival.clamped !== undefined) this.#logClamped(arrival.head.id, record, arrival.clamped);
        this.#accept(arrival.payload, arrival.head, record, verdict);
      }
    }
    if (next !== undefined && next > state.position) {
      state.position = next;
      changes.skippedTo(state, next);
    }
    const offset = ownership.highestWaiting(state, state.position);
    if (offset === undefined) return;
    changes.secure({ topic, partition, offset });
    step.emit({ kind: "commitNow" });
  }

  #logClamped(id: string, record: RecordOffset, fields: readonly string[]): void {
    this.#parts.counters.clamped += 1;
    this.#parts.step.log("warn", "out-of-range numbers were clamped", { id, ...record, clamped: fields });
  }

  #accept(
    payload: Uint8Array,
    head: ActivationHead,
    record: RecordOffset,
    verdict: Exclude<ReplayVerdict, "kept">,
  ): void {
    const { counters, limits, rows, step, tallies } = this.#parts;
    const { lifecycle, claims, parking, policy, cancel } = this.#steps;
    const facts = factsOf(rows.nextNumber(), record, payload, head, limits, step.wall);
    if (this.#isCopy(facts, head, record)) return;
    // Whether an at-most-once record was started before is not known here.
    const failed = facts.atMostOnce && verdict !== "first" ? verdict : undefined;
    if (verdict === "store_corrupt" && failed === undefined) counters.reread += 1;
    const adopted = claims.expects(facts.id);
    const tally = tallies.of(facts);
    const parks = !adopted && parking.parks(tally);
    const row = this.#enter(
      facts,
      tally,
      failed !== undefined ? "pending" : facts.due > step.wall ? "delayed" : parks ? "parked" : "pending",
    );
    if (row.state === "parked") parking.entered(row);
    const cancelled = this.#parts.ahead.size > 0 ? this.#parts.ahead.take(facts.id, step.wall) : undefined;
    const held = row.state === "pending" && claims.adopted(row);
    if (failed !== undefined && !held) lifecycle.fail(row, failed, REPLAY_ERRORS[failed]);
    else if (cancelled !== undefined && !row.settled) cancel.live(row, { verb: "cancel", by: cancelled.by });
    else if (row.state !== "parked" && !held) policy.apply(row);
  }

  /** Whether another activation of its id is in flight or has finished: then the record is dropped. */
  #isCopy(facts: Facts, { headers }: ActivationHead, record: RecordOffset): boolean {
    const { finished, rows, storedOnly } = this.#parts;
    const chosen = headers.has(CHOSEN_ID_HEADER);
    const live = rows.get(facts.id);
    // A forwarded activation that comes in again proves that its forwarding was appended.
    if (live?.state === "retry" && live.ending?.demoted === true) this.#steps.lifecycle.settle(live, "forwarded");
    else if (live !== undefined || (facts.remembered && storedOnly.has(facts.id))) {
      // A second copy of an id that the caller chose is nothing unusual, unless another task has it.
      const sameTask = live === undefined || live.facts.task === facts.task;
      const level = chosen && sameTask ? "info" : "warn";
      const fields = sameTask ? {} : { inFlight: live.facts.task };
      this.#drop(record, facts, "duplicate", level, "dropped: an activation with its id is in flight", fields);
      return true;
    }
    if (!facts.remembered || !finished.has(facts.id)) return false;
    const message = "dropped: an activation with its id has finished before";
    this.#drop(record, facts, "finished", chosen ? "info" : "warn", message, {});
    return true;
  }

  #drop(
    record: RecordOffset,
    facts: Facts,
    how: "duplicate" | "finished",
    level: "info" | "warn",
    message: string,
    fields: object,
  ): void {
    this.#parts.counters.drops[how] += 1;
    this.#parts.changes.done(record);
    this.#parts.step.log(level, message, { ...namesOf(facts), ...fields });
  }

  #enter(facts: Facts, tally: Row["tally"], state: State): Row {
    const { changes, delays, rows, step } = this.#parts;
    this.#parts.counters.taken += 1;
    const row = new Row(facts, tally, state);
    if (state === "delayed") row.transient = !delays.admit(row, step.wall, rows.delaysFit);
    this.#steps.lifecycle.enter(row);
    changes.arrived(row);
    // A pending one needs no row until something happens to it: the log has it.
    if (state !== "pending") changes.row(row, step.now);
    return row;
  }
}
