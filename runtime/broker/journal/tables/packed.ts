import type { State } from "../../../activation/states.js";
import type { Ending, StoredRow } from "../../inflight/row.js";

/**
 * Rows sent between the threads, in a few large pieces: copying an object for each row costs ten times as much. Repeated
 * names are sent once; numbers are in one array and payloads in one buffer, both of which are transferred.
 */
export interface PackedRows {
  readonly ids: readonly string[];
  readonly names: readonly string[];
  /** NUMBERS of each row, in the order of `pack`; names by their index. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** Index and ending of each of the few rows that have one. */
  readonly endings: readonly (readonly [number, Ending])[];
  readonly slab: Uint8Array<ArrayBuffer>;
}

const NUMBERS = 22;

export function pack(rows: readonly StoredRow[]): PackedRows {
  const numbers = new Float64Array(rows.length * NUMBERS);
  const slab = new Uint8Array(rows.reduce((sum, { payload }) => sum + payload.length, 0));
  const indexes = new Map<string, number>();
  const nameIndex = (name: string) => {
    const index = indexes.get(name) ?? indexes.size;
    if (index === indexes.size) indexes.set(name, index);
    return index;
  };
  const endings: [number, Ending][] = [];
  let number = 0;
  let byte = 0;
  for (const [index, row] of rows.entries()) {
    numbers[number++] = row.seq;
    numbers[number++] = nameIndex(row.namespace);
    numbers[number++] = nameIndex(row.task);
    numbers[number++] = nameIndex(row.application);
    numbers[number++] = nameIndex(row.topic);
    numbers[number++] = row.partition;
    numbers[number++] = row.offset;
    numbers[number++] = row.receivedAt;
    numbers[number++] = row.due;
    numbers[number++] = row.expiresAt;
    numbers[number++] = row.deadline;
    numbers[number++] = row.atMostOnce ? 1 : 0;
    numbers[number++] = row.deadLetter ? 1 : 0;
    numbers[number++] = row.remembered ? 1 : 0;
    numbers[number++] = row.attempts;
    numbers[number++] = row.maxAttempts;
    numbers[number++] = STATES.indexOf(row.state);
    numbers[number++] = row.processingAttempts;
    numbers[number++] = row.claim;
    numbers[number++] = nameIndex(row.worker);
    numbers[number++] = row.claimUntil;
    numbers[number++] = row.payload.length;
    slab.set(row.payload, byte);
    byte += row.payload.length;
    if (row.ending !== undefined) endings.push([index, row.ending]);
  }
  return { ids: rows.map(({ id }) => id), names: [...indexes.keys()], numbers, endings, slab };
}

/** The seq of each row. */
export function seqsOf({ ids, numbers }: PackedRows): number[] {
  return ids.map((_, index) => numbers[index * NUMBERS] ?? 0);
}

/** Payloads are views into the slab. */
export function unpack({ ids, names, numbers, endings, slab }: PackedRows): StoredRow[] {
  const ends = new Map(endings);
  let at = 0;
  let byte = 0;
  const next = () => numbers[at++] ?? 0;
  const name = () => names[next()] ?? "";
  return ids.map((id, index) => {
    const seq = next();
    const namespace = name();
    const task = name();
    const application = name();
    const topic = name();
    const partition = next();
    const offset = next();
    const receivedAt = next();
    const due = next();
    const expiresAt = next();
    const deadline = next();
    const atMostOnce = next() === 1;
    const deadLetter = next() === 1;
    const remembered = next() === 1;
    const attempts = next();
    const maxAttempts = next();
    const state = STATES[next()] ?? "pending";
    const processingAttempts = next();
    const claim = next();
    const worker = name();
    const claimUntil = next();
    const from = byte;
    byte += next();
    return {
      seq,
      id,
      namespace,
      task,
      application,
      topic,
      partition,
      offset,
      payload: slab.subarray(from, byte),
      receivedAt,
      due,
      expiresAt,
      deadline,
      atMostOnce,
      deadLetter,
      attempts,
      maxAttempts,
      remembered,
      state,
      processingAttempts,
      claim,
      worker,
      claimUntil,
      ending: ends.get(index),
    };
  });
}

/** The buffers to transfer with a message that contains the rows. */
export function buffersOf({ numbers, slab }: PackedRows): ArrayBuffer[] {
  return [numbers.buffer, slab.buffer];
}

const STATES: readonly State[] = ["delayed", "pending", "processing", "retry", "failure", "parked"];
