import type { End } from "../../activation/states.js";
import type { Row } from "./live-row.js";

/**
 * How a run or an activation ended: settled, or failed with a next run (`retry`) or a dead letter (`failure`) that is still
 * to be published. The two ends that only confirm such a publication are left out: each failed run is one end.
 */
export type Ended = Exclude<End, "retried" | "deadlettered"> | "retry" | "failure";

/** Learns of each end while its row still has worker, claim and times. Must be quick, and must not throw. */
export interface EndListener {
  /** `now` and `wall`: the times of the event, milliseconds. */
  ended(row: Row, how: Ended, now: number, wall: number): void;
}

export const NO_LISTENER: EndListener = { ended: () => {} };
