import type { Clock } from "../../base/clock.js";
import { newId } from "../../base/ids.js";
import { OperationError } from "../../operations/errors.js";

const VALID_MS = 60_000;
/** The oldest is dropped beyond this. */
const MOST_KEPT = 256;
/** A change may match this share more than its dry run, and in any case this many. */
const GROWTH = 0.1;
const SMALLEST_GROWTH = 100;

interface Plan {
  readonly matched: number;
  readonly filterKey: string;
  /** By the monotonic clock. */
  readonly madeAt: number;
}

/**
 * What dry runs have counted: a change by filter names its plan, so that nobody changes far more than was shown.
 */
export class Plans {
  readonly #clock: Clock;
  /** In order of their making. */
  readonly #plans = new Map<string, Plan>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `filterKey` says what will be done to what: the verb, and its filter and options as one normalised string. */
  make(matched: number, filterKey: string): string {
    const id = `p_${newId().slice(0, 16)}`;
    this.#plans.set(id, { matched, filterKey, madeAt: this.#clock.now() });
    for (const oldest of this.#plans.keys()) {
      if (this.#plans.size <= MOST_KEPT) break;
      this.#plans.delete(oldest);
    }
    return id;
  }

  /**
   * Refuses a plan that is unknown, older than 60 s or of something else, and a match that has grown by more than 10 % and
   * 100. A plan may be used again within its time: changes are safe to repeat.
   */
  check(id: string, filterKey: string, matchedNow: number): void {
    const plan = this.#plans.get(id);
    if (plan === undefined || this.#clock.now() - plan.madeAt > VALID_MS)
      throw new OperationError(
        "conflict",
        "unknown_plan",
        `plan: ${id.slice(0, 64)} is unknown here or older than ${VALID_MS / 1000} s; make the dry run again`,
        { field: "plan" },
      );
    if (plan.filterKey !== filterKey)
      throw new OperationError(
        "conflict",
        "other_plan",
        `plan: ${id} was made for another verb, filter or option; make the dry run of this one`,
        { field: "plan" },
      );
    const most = plan.matched + Math.max(SMALLEST_GROWTH, Math.floor(plan.matched * GROWTH));
    if (matchedNow > most)
      throw new OperationError(
        "conflict",
        "plan_outgrown",
        `${matchedNow} match by now; ${plan.matched} matched in the dry run, and at most ${most} may. Make the dry run again`,
        { field: "plan" },
      );
  }
}
