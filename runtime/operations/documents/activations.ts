import type { State } from "../../activation/states.js";

/** One activation in flight. Times are ISO strings. */
export interface ActivationRow {
  readonly id: string;
  readonly application: string;
  readonly namespace: string;
  /** Wire name. */
  readonly task: string;
  readonly state: State;
  readonly received: string;
  /** null: due at once. */
  readonly due: string | null;
  /** null: never. */
  readonly expires: string | null;
  /** The number of its run in its chain, from 1. */
  readonly attempt: number;
  /** Most runs of its chain; null: no limit. */
  readonly attempts: number | null;
  /** The worker that holds it; null: none. */
  readonly worker: string | null;
  /** When the run is presumed lost; null: not claimed, or its start is not known yet. */
  readonly claimUntil: string | null;
  /** How its last run ended, while that is published or while its end is asked for. */
  readonly reason: string | null;
  /** At most 512 characters. */
  readonly error: string | null;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Bytes of the encoded activation. */
  readonly size: number;
}

/** How many entries of a list match; not `exact`: at least this many. */
export interface Total {
  readonly count: number;
  readonly exact: boolean;
}

/** How many entries of how many were compared with the filter. */
export interface Looked {
  readonly rows: number;
  readonly of: number;
}

/**
 * Answer of ListActivations. Rows are in the order processing, pending, retry, failure, delayed, parked: the first four by
 * intake; delayed ones by due time, or by task and receipt when the filter names tasks; parked ones by task and receipt. With
 * `order: "newest"` each state's rows come in the opposite order.
 * Within one pass an activation appears at most once per state. One that changes its state between two pages may be missed,
 * or appear in both states. Each row is true at the instant its page was made; one that only the in-flight file has is true
 * as of the last commit.
 */
export interface ListActivationsAnswer {
  readonly rows: readonly ActivationRow[];
  /** Where the next page begins; null: there is none. */
  readonly next: string | null;
  readonly total: Total;
  /** Set when the page ended because it had looked at many rows: how many of how many, in this pass. */
  readonly looked: Looked | null;
  /** The broker's time when the page was made. */
  readonly now: string;
}

/** One run of a chain. */
export interface ChainLink {
  readonly id: string;
  readonly attempt: number;
  /** null: not in flight here. It has ended, or does not exist. */
  readonly state: State | null;
}

/** Answer of ShowActivation and Reveal; the encoded activation is sent beside it. */
export interface ShowActivationAnswer {
  readonly activation: ActivationRow & {
    readonly atMostOnce: boolean;
    /** Whether it becomes a dead letter when it fails for good. */
    readonly deadLetter: boolean;
    /** How long its run may take, milliseconds. */
    readonly deadline: number;
    /** Hand-outs that were lost with their workers. */
    readonly lostAttempts: number;
  };
  /** The runs of its chain that are known, in their order; null: they were not asked for. */
  readonly chain: readonly ChainLink[] | null;
  readonly now: string;
}
