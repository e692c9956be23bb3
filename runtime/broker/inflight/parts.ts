import { ChangeSet } from "./commit/changes.js";
import { Finished } from "./commit/finished.js";
import { StoredOnlyIds } from "./commit/stored-only-ids.js";
import { Backpressure } from "./counts/backpressure.js";
import { Counters } from "./counts/counters.js";
import { LostAgain } from "./counts/lost-again.js";
import { Tallies } from "./counts/tally.js";
import { type EndListener, NO_LISTENER } from "./end-listener.js";
import type { Limits } from "./limits.js";
import { AheadIds } from "./memory/ahead-ids.js";
import { CancelWishes } from "./memory/cancel-wishes.js";
import { CurrentClaims } from "./memory/current-claims.js";
import { Delays } from "./memory/delays.js";
import { Expiries } from "./memory/expiries.js";
import { LiveRows } from "./memory/live-rows.js";
import { PartitionOwnership } from "./memory/partition-ownership.js";
import { PausedWork } from "./memory/paused-work.js";
import { PendingQueues } from "./memory/pending-queues.js";
import { ReturnedRows } from "./memory/returned-rows.js";
import { Step } from "./step.js";

/**
 * The data of the machine. Each part keeps one kind of facts and calls none of the others. The classes that act on them
 * declare which ones they use; only transitions and intake use nearly all.
 */
export class Parts {
  readonly limits: Limits;
  readonly step = new Step();
  readonly rows: LiveRows;
  readonly pauses = new PausedWork();
  readonly queues = new PendingQueues();
  readonly delays: Delays;
  readonly expiries = new Expiries();
  readonly ownership = new PartitionOwnership();
  readonly currentClaims = new CurrentClaims();
  readonly cancelWishes = new CancelWishes();
  readonly ahead = new AheadIds();
  readonly returned = new ReturnedRows();
  readonly changes = new ChangeSet();
  readonly finished: Finished;
  readonly storedOnly = new StoredOnlyIds();
  readonly tallies = new Tallies();
  readonly counters = new Counters();
  readonly lostAgain = new LostAgain();
  readonly backpressure: Backpressure;
  readonly ends: EndListener;

  constructor(limits: Limits, ends: EndListener = NO_LISTENER) {
    this.limits = limits;
    this.ends = ends;
    this.delays = new Delays(limits);
    this.finished = new Finished(limits);
    this.backpressure = new Backpressure(limits);
    this.rows = new LiveRows(limits);
  }

  /** How many more pending rows fit, over all topics. */
  get room(): number {
    return this.rows.roomFor(this.backpressure.size);
  }
}
