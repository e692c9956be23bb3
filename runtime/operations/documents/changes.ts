import type { ActivationRow } from "./activations.js";
import type { JobDocument } from "./jobs.js";

/**
 * What a change did to one activation. Cancel and purge: `done`, it is settled as cancelled and never starts; `asked`, its
 * worker was asked to end it, or it waits to be proven this broker's. Promote: `done`, it is due now; `already`, it was due.
 * `running`: a worker has it, so the change leaves it. `changed`: it left the states that the filter names. `too_late`: it
 * has ended, and its next run or dead letter is being published. `unknown`: it is not in flight here. `ahead`: it is
 * cancelled when it is read, within 24 h. `full`: as many ids as possible are cancelled ahead already.
 */
export type ChangeOutcome =
  | "done"
  | "asked"
  | "already"
  | "running"
  | "changed"
  | "too_late"
  | "unknown"
  | "ahead"
  | "full";

/** One id of a request. */
export interface ChangedActivation {
  readonly id: string;
  readonly outcome: ChangeOutcome;
  /** With `chain`: the run of its chain that the outcome is of; absent: the one asked for. */
  readonly run?: string;
  /** Id of the next run, with `too_late` and `ahead`. Absent: its dead letter follows. */
  readonly next?: string;
  /** Set with `asked` when its worker cannot be notified: it ends by then. ISO time. */
  readonly until?: string;
}

/** Answer of Cancel, Promote and Purge by ids. */
export interface ChangedActivations {
  readonly outcomes: readonly ChangedActivation[];
  /** How many ids had each outcome. */
  readonly counts: Readonly<Partial<Record<ChangeOutcome, number>>>;
  /** Set: nothing was changed, and these are the outcomes that were to be expected. */
  readonly dryRun?: true;
}

/** Answer of Cancel, Promote and Purge by a filter with `dryRun`. */
export interface ChangePlan {
  readonly matched: number;
  /** How many of these would be left alone, by outcome. */
  readonly leftOut: Readonly<Partial<Record<ChangeOutcome, number>>>;
  /** How many match of each task; of many tasks those with the most. */
  readonly tasks: Readonly<Record<string, number>>;
  readonly samples: readonly ActivationRow[];
  /** What the change has to name, within 60 s. */
  readonly plan: string;
}

/** Answer of Cancel, Promote and Purge by a filter with `plan`. */
export interface ChangeStarted {
  readonly job: JobDocument;
}
