import type { Changes } from "#runtime/broker/inflight/persisted.js";
import type { StoredRow } from "#runtime/broker/inflight/row.js";

/** A row of the journal, the activation `a<seq>`. */
export function row(seq: number, change: Partial<StoredRow> = {}): StoredRow {
  return {
    seq,
    id: `a${seq}`,
    namespace: "n",
    task: "t",
    application: "app",
    topic: "work",
    partition: 0,
    offset: seq,
    payload: Uint8Array.of(seq, 2, 3),
    receivedAt: 1000.5,
    due: 0,
    expiresAt: Number.POSITIVE_INFINITY,
    deadline: 30_000,
    atMostOnce: false,
    deadLetter: true,
    attempts: 1,
    maxAttempts: 3,
    remembered: true,
    state: "pending",
    processingAttempts: 0,
    claim: 0,
    worker: "",
    claimUntil: Number.POSITIVE_INFINITY,
    ending: undefined,
    ...change,
  };
}

export function changes(number: number, change: Partial<Changes>): Changes {
  return {
    number,
    inserts: [],
    updates: [],
    deletes: [],
    partitions: [],
    boot: undefined,
    workers: undefined,
    finished: [],
    ...change,
  };
}

/** Rows as they compare: payloads in one class. */
export function plain(rows: readonly StoredRow[]): StoredRow[] {
  return rows.map((each) => ({ ...each, payload: Uint8Array.from(each.payload) }));
}
