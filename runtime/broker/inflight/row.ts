import type { Reason } from "../../activation/reasons.js";
import type { Tally } from "./counts/tally.js";

/**
 * The states of an in-flight activation, until it is finally settled.
 *
 * - delayed: not due yet. Live when due within the memory window, otherwise only a row of the journal.
 * - pending: waits for a worker. From intake, a delay that passed, or a claim that came back.
 * - processing: claimed. Leaves by an outcome of the current claim, its deadline, or the loss of its session.
 * - retry: ended by an outcome; settled when the log has acknowledged the next run.
 *   A demoted one is in this state too, until the log has acknowledged it in its new topic.
 * - failure: ended for good; settled when the log has acknowledged the dead letter (a discarded one is settled at once).
 * - parked: pending, but no worker can take it. Only a row of the journal; comes back when a worker appears.
 */
export type State = "delayed" | "pending" | "processing" | "retry" | "failure" | "parked";

/** How a run ended that was not completed: what a retry or dead letter is published with. */
export interface Ending {
  readonly reason: Reason;
  readonly error: string;
  /** Of a retry: whole seconds until the next run, else the activation's own. */
  readonly delay?: number | undefined;
  readonly maxAttempts?: number | undefined;
  /** Goes as it is to the topic that the runtime configuration names. */
  readonly demoted?: boolean | undefined;
}

/** The facts of an activation that never change while it is in flight. Times are milliseconds. */
export interface Facts {
  /** Order of intake; the journal's key. */
  readonly seq: number;
  readonly id: string;
  readonly namespace: string;
  /** Wire name. */
  readonly task: string;
  readonly application: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** The record as it was read. */
  readonly payload: Uint8Array;
  readonly receivedAt: number;
  /** 0: due at once. */
  readonly due: number;
  /** Infinity: never. */
  readonly expiresAt: number;
  /** Effective processing deadline. */
  readonly deadline: number;
  readonly atMostOnce: boolean;
  readonly deadLetter: boolean;
  /** Finished runs of its chain before this one. */
  readonly attempts: number;
  /** 0: no bound. */
  readonly maxAttempts: number;
  /** Its id is remembered when it is finished: at-most-once work, retries, slots of the scheduler, ids that the caller chose. */
  readonly remembered: boolean;
}

/** A row as the journal keeps it. */
export interface StoredRow extends Facts {
  readonly state: State;
  readonly processingAttempts: number;
  /** 0: not claimed. */
  readonly claim: number;
  /** Worker id of the claim's session, "" when not claimed. */
  readonly worker: string;
  /** When the claimed run is presumed lost, by the wall; Infinity until its start is known. */
  readonly claimUntil: number;
  readonly ending: Ending | undefined;
}

/** A live activation. */
export class Row {
  readonly facts: Facts;
  readonly tally: Tally;
  state: State;
  processingAttempts = 0;
  claim = 0;
  /** Session of the claim, "" when not claimed. */
  session = "";
  worker = "";
  claimUntil = Number.POSITIVE_INFINITY;
  ending: Ending | undefined;
  /** Place in its lane: the seq, or a later number of the same count when its delay has passed. */
  order: number;
  /** Leaves memory with its commit: delayed beyond the memory window, parked, or refused by the log for good. */
  transient = false;
  /** The journal has a row of it. */
  stored = false;
  /** Differs from the journal's row. */
  dirty = false;
  /** Finally settled: completed, discarded by a rule, or its retry or dead letter acknowledged. */
  settled = false;

  constructor(facts: Facts, tally: Tally, state: State) {
    this.facts = facts;
    this.tally = tally;
    this.state = state;
    this.order = facts.seq;
  }
}

/** A row as the journal gave it back. */
export function fromStored(stored: StoredRow, tally: Tally): Row {
  const { state, processingAttempts, claim, worker, claimUntil, ending } = stored;
  const row = new Row(factsIn(stored), tally, state);
  row.processingAttempts = processingAttempts;
  row.claim = claim;
  row.worker = worker;
  row.claimUntil = claimUntil;
  row.ending = ending;
  row.stored = true;
  return row;
}

/** `lead`: by how much the wall, which the journal goes by, is ahead. */
export function storedForm(row: Row, lead: number): StoredRow {
  const { facts, state, processingAttempts, claim, worker, ending } = row;
  const claimUntil = row.claimUntil + lead;
  return {
    seq: facts.seq,
    id: facts.id,
    namespace: facts.namespace,
    task: facts.task,
    application: facts.application,
    topic: facts.topic,
    partition: facts.partition,
    offset: facts.offset,
    payload: facts.payload,
    receivedAt: facts.receivedAt,
    due: facts.due,
    expiresAt: facts.expiresAt,
    deadline: facts.deadline,
    atMostOnce: facts.atMostOnce,
    deadLetter: facts.deadLetter,
    attempts: facts.attempts,
    maxAttempts: facts.maxAttempts,
    remembered: facts.remembered,
    state,
    processingAttempts,
    claim,
    worker,
    claimUntil,
    ending,
  };
}

/** Name by name, here and above: to spread so many properties costs ten times as much. */
function factsIn(row: Facts): Facts {
  return {
    seq: row.seq,
    id: row.id,
    namespace: row.namespace,
    task: row.task,
    application: row.application,
    topic: row.topic,
    partition: row.partition,
    offset: row.offset,
    payload: row.payload,
    receivedAt: row.receivedAt,
    due: row.due,
    expiresAt: row.expiresAt,
    deadline: row.deadline,
    atMostOnce: row.atMostOnce,
    deadLetter: row.deadLetter,
    attempts: row.attempts,
    maxAttempts: row.maxAttempts,
    remembered: row.remembered,
  };
}
