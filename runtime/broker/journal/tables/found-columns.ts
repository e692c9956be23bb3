import type { State } from "../../../activation/states.js";
import type { FoundRow, StoredKind } from "../../inflight/persisted.js";
import { damaged, endingOf, mark } from "./columns.js";

const NO_PAYLOAD = Buffer.alloc(0);

/** The values of FOUND_COLUMNS. */
export type FoundValues = readonly [
  seq: number,
  mark: number,
  kind: number,
  state: State,
  processingAttempts: number,
  claim: number,
  worker: string,
  claimUntil: number | null,
  ending: string | null,
  id: string,
  partition: number,
  offset: number,
  receivedAt: number,
  due: number,
  expiresAt: number | null,
  deadline: number,
  flags: number,
  attempts: number,
  maxAttempts: number,
  size: number,
];

/**
 * What is read of a row without its payload, of which SQLite finds the length without touching the bytes. Each value costs
 * time, so that what rows of a kind have in common is read once for all of them.
 */
export const FOUND_COLUMNS = `seq, mark, kind, state, processing_attempts, claim, worker, claim_until, ending, id, partition,
  "offset", received_at, due, expires_at, deadline, at_most_once + 2 * dead_letter + 4 * remembered, attempts, max_attempts,
  length(payload)`;

/**
 * A row of which only FOUND_COLUMNS were read. Its checksum covers the payload, so that only the columns that updates change
 * are checked. Throws DamageError.
 */
export function fromFoundValues(values: FoundValues, kind: Omit<StoredKind, "state">): FoundRow {
  const [seq, stored, , state, processingAttempts, claim, worker, until, ending, id, partition, offset] = values;
  const claimUntil = until ?? Number.POSITIVE_INFINITY;
  const { namespace, task, application, topic } = kind;
  if (typeof id !== "string" || mark({ seq, state, processingAttempts, claim, worker, claimUntil }, ending) !== stored)
    throw damaged({ id, topic, partition, offset });
  const flags = values[16];
  return {
    seq,
    id,
    namespace,
    task,
    application,
    topic,
    partition,
    offset,
    payload: NO_PAYLOAD,
    receivedAt: values[12],
    due: values[13],
    expiresAt: values[14] ?? Number.POSITIVE_INFINITY,
    deadline: values[15],
    atMostOnce: (flags & 1) !== 0,
    deadLetter: (flags & 2) !== 0,
    attempts: values[17],
    maxAttempts: values[18],
    remembered: (flags & 4) !== 0,
    state,
    processingAttempts,
    claim,
    worker,
    claimUntil,
    ending: endingOf(ending),
    size: values[19],
  };
}
