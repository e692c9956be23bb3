import type { Claims } from "../claims/claims.js";
import type { Sessions } from "../claims/sessions.js";
import type { Parts } from "../parts.js";
import type { Recovered } from "../persisted.js";
import type { Parking } from "../states/parking.js";
import type { OlderCopy } from "./older-copy.js";
import type { Partitions } from "./partitions.js";
import type { Replays } from "./replay.js";
import type { StoredRows } from "./stored-rows.js";

/** What takes a share of what the journal has kept. */
interface RecoverySteps {
  readonly partitions: Partitions;
  readonly replays: Replays;
  readonly olderCopy: OlderCopy;
  readonly claims: Claims;
  readonly sessions: Sessions;
  readonly parking: Parking;
  readonly storedRows: StoredRows;
}

/** What was in flight at the last stop comes back from the journal. */
export class Recovery {
  readonly #parts: Parts;
  readonly #steps: RecoverySteps;

  constructor(parts: Parts, steps: RecoverySteps) {
    this.#parts = parts;
    this.#steps = steps;
  }

  recovered(event: Recovered, now: number): void {
    const { ahead, backpressure, delays, finished, ownership, rows, storedOnly, tallies } = this.#parts;
    const { partitions, replays, olderCopy, claims, sessions, parking, storedRows } = this.#steps;
    rows.numbersFrom(event.nextSeq);
    olderCopy.recovered(event.copied, event.nextSeq);
    partitions.recovered(event.partitions);
    for (const { state, topic, count, oldest, ...names } of event.counted) {
      const tally = tallies.of(names);
      tally[state] += count;
      backpressure.count(topic, state, count);
      if (state !== "parked") continue;
      tally.oldestParked = Math.min(tally.oldestParked, oldest);
      parking.recovered(count);
    }
    delays.recovered(event.nextDue);
    finished.recovered(event.finished);
    if (event.storedOnly !== undefined) storedOnly.recovered(event.storedOnly);
    replays.recovered(event.rebuilt);
    ownership.recovered(event.ownership ?? []);
    ahead.recovered(event.ahead ?? []);
    claims.recovered(event.boot);
    sessions.recovered(event.workers, now);
    for (const stored of event.rows) {
      const row = storedRows.enter(stored, false);
      if (row?.state === "processing") claims.restore(row, sessions.before(row.worker), now);
    }
  }
}
