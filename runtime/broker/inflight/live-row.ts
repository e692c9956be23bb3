import type { State } from "../../activation/states.js";
import type { Tally } from "./counts/tally.js";
import type { Ending, Facts, StoredRow } from "./row.js";

/** An activation in memory. */
export class Row {
  readonly facts: Facts;
  readonly tally: Tally;
  state: State;
  processingAttempts = 0;
  claim = 0;
  /** Id of the session that holds the claim; "": not claimed, or by a fetch. */
  session = "";
  worker = "";
  claimUntil = Number.POSITIVE_INFINITY;
  /** When its claim was made, by the monotonic clock; 0: it is not claimed, or was claimed before the start. */
  claimedAt = 0;
  /** How long its handler ran, as its worker measured it, milliseconds; 0: not measured. */
  ran = 0;
  ending: Ending | undefined;
  /** Its order of hand-out: the seq, or a later number of the same sequence when its delay has passed. */
  order: number;
  /** Leaves memory with its commit: delayed beyond the memory window, parked, or rejected by the log permanently. */
  transient = false;
  /** The journal has a row of it. */
  stored = false;
  /** Differs from the journal's row. */
  dirty = false;
  /** Completed, discarded by a rule, or its retry or dead letter is acknowledged. */
  settled = false;

  constructor(facts: Facts, tally: Tally, state: State) {
    this.facts = facts;
    this.tally = tally;
    this.state = state;
    this.order = facts.seq;
  }

  /** A person cancelled it, and it has not ended yet. */
  get cancelled(): boolean {
    return this.ending?.reason === "cancelled";
  }
}

/** A row that was read from the journal. */
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

/** The row as the journal keeps it. `lead`: by how many milliseconds the wall, which the journal goes by, is ahead. */
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

/** Name by name, here and above: spreading this many properties costs ten times as much. */
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
