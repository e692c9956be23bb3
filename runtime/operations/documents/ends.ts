import type { Reason } from "../../activation/reasons.js";

/**
 * How one run or one activation ended. `retry` and `failure`: a run failed, and the next run or the dead letter followed.
 * Times are ISO 8601, durations milliseconds; null: not known.
 */
export interface EndDocument {
  readonly end: string;
  readonly at: string;
  readonly id: string;
  readonly application: string;
  readonly namespace: string;
  /** Wire name. */
  readonly task: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Number of the run, from 1. */
  readonly attempt: number;
  /** How often it was handed out and lost with its worker. */
  readonly lost: number;
  readonly receivedAt: string;
  /** When its delay passed; null: it had none. */
  readonly due: string | null;
  /** When it was handed out; null: it never was, or before the broker's start. */
  readonly handedOutAt: string | null;
  /** From then until its end. */
  readonly held: number | null;
  /** How long the handler ran, as its worker measured it; null: the worker does not measure. */
  readonly ran: number | null;
  /** null: it ended without a worker. */
  readonly worker: string | null;
  readonly claim: number | null;
  /** null: it completed. */
  readonly reason: Reason | null;
  /** Cut after 512 bytes, except those of the newest 256 ends that failed. */
  readonly error: string;
  /** Fingerprint of its error group; null: it is in none. */
  readonly fingerprint: string | null;
}

/**
 * The answer of ListEnds. Parameters: `q`, a filter of ends, default: all; `limit`, 1 to 1,000, default 100; `cursor`, `next` of
 * the page before.
 */
export interface EndsDocument {
  /** The newest first. */
  readonly ends: readonly EndDocument[];
  /** The cursor of the next page; null: there is none. */
  readonly next: string | null;
  /** When the history begins, ISO 8601. */
  readonly since: string;
  /**
   * How many activations of the selected tasks completed since the start, and how many of these are kept. Completions are
   * sampled; of other ends the newest 8,192 are kept.
   */
  readonly completed: { readonly counted: number; readonly kept: number };
}
