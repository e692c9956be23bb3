import type { VerbName } from "../verbs.js";

/** Bulk work of one broker, as Jobs answers it. Counts are activations or dead letters. */
export interface JobDocument {
  readonly id: string;
  readonly verb: VerbName;
  /** `cancelling`: it ends after its present slice. `cancelled`: by a person, or because the broker stopped. What it did stays done. */
  readonly state: "running" | "cancelling" | "done" | "cancelled" | "failed";
  /** Who started it. */
  readonly actor: string;
  readonly filter: string;
  readonly reason: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** null: it is running. */
  readonly endedAt: string | null;
  /** How many it expects to match; null: not known. */
  readonly total: number | null;
  readonly matched: number;
  readonly done: number;
  /** Running activations that were asked to end; they end by themselves. */
  readonly asked: number;
  /** Matches left alone, by cause. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** Why it failed or was cancelled, else why the last of `leftOut.failed` did; "": nothing to say. */
  readonly error: string;
}

/** The answer of Jobs: the newest first. */
export interface JobsDocument {
  readonly jobs: readonly JobDocument[];
}

/** The answer of CancelJob. */
export interface CancelJobDocument {
  readonly job: JobDocument;
}
