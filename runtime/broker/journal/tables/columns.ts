import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { State } from "../../../activation/states.js";
import type { RowUpdate, StoredKind } from "../../inflight/persisted.js";
import type { Ending, Facts, StoredRow } from "../../inflight/row.js";
import { areStrings, DamageError } from "./damage.js";

/** A row of table `rows`; NULL stands for Infinity. */
export interface RowColumns {
  readonly seq: number;
  /** The low 32 bits: checksum over all facts and the payload. Above them: the id's tag, by which an index finds the row. */
  readonly crc: number;
  /** Checksum over the columns that updates change. */
  readonly mark: number;
  readonly line: number;
  readonly kind: number;
  readonly state: State;
  readonly processing_attempts: number;
  readonly claim: number;
  readonly worker: string;
  readonly claim_until: number | null;
  readonly ending: string | null;
  readonly id: string;
  readonly namespace: string;
  readonly task: string;
  readonly application: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly received_at: number;
  readonly due: number;
  readonly expires_at: number | null;
  readonly deadline: number;
  readonly at_most_once: number;
  readonly dead_letter: number;
  readonly attempts: number;
  readonly max_attempts: number;
  readonly remembered: number;
  readonly payload: Buffer;
}

export const COLUMN_COUNT = 28;

/** In the order of the table's columns. */
export function toColumns(row: StoredRow): unknown[] {
  const ending = endingText(row.ending);
  return [
    row.seq,
    idTag(row.id) * TAG_UNIT + checksum(row),
    mark(row, ending),
    lineOf(row.topic, row.partition),
    kindOf(row),
    row.state,
    row.processingAttempts,
    row.claim,
    row.worker,
    finite(row.claimUntil),
    ending,
    row.id,
    row.namespace,
    row.task,
    row.application,
    row.topic,
    row.partition,
    row.offset,
    row.receivedAt,
    row.due,
    finite(row.expiresAt),
    row.deadline,
    row.atMostOnce ? 1 : 0,
    row.deadLetter ? 1 : 0,
    row.attempts,
    row.maxAttempts,
    row.remembered ? 1 : 0,
    row.payload,
  ];
}

/** In the order of the update statement's parameters. */
export function updateColumns(row: RowUpdate): unknown[] {
  const ending = endingText(row.ending);
  const { state, processingAttempts, claim, worker, claimUntil, seq } = row;
  return [mark(row, ending), state, processingAttempts, claim, worker, finite(claimUntil), ending, seq];
}

/** The values of a row in the order of the table's columns, as statements in raw mode give them: objects cost three times as much. */
export type RowValues = readonly [
  seq: number,
  crc: number,
  mark: number,
  line: number,
  kind: number,
  state: State,
  processingAttempts: number,
  claim: number,
  worker: string,
  claimUntil: number | null,
  ending: string | null,
  id: string,
  namespace: string,
  task: string,
  application: string,
  topic: string,
  partition: number,
  offset: number,
  receivedAt: number,
  due: number,
  expiresAt: number | null,
  deadline: number,
  atMostOnce: number,
  deadLetter: number,
  attempts: number,
  maxAttempts: number,
  remembered: number,
  payload: Buffer,
];

/** Throws DamageError when a checksum does not hold. */
export function fromValues(values: RowValues): StoredRow {
  return fromColumns(named(values));
}

/** Throws DamageError when a checksum does not hold. */
export function fromColumns(columns: RowColumns): StoredRow {
  const row = checked(columns);
  if (checksum(row) !== columns.crc % TAG_UNIT) throw damaged(columns);
  return row;
}

function named(values: RowValues): RowColumns {
  return {
    seq: values[0],
    crc: values[1],
    mark: values[2],
    line: values[3],
    kind: values[4],
    state: values[5],
    processing_attempts: values[6],
    claim: values[7],
    worker: values[8],
    claim_until: values[9],
    ending: values[10],
    id: values[11],
    namespace: values[12],
    task: values[13],
    application: values[14],
    topic: values[15],
    partition: values[16],
    offset: values[17],
    received_at: values[18],
    due: values[19],
    expires_at: values[20],
    deadline: values[21],
    at_most_once: values[22],
    dead_letter: values[23],
    attempts: values[24],
    max_attempts: values[25],
    remembered: values[26],
    payload: values[27],
  };
}

/** The row, if the columns that updates change are what was written. Throws DamageError. */
function checked(columns: RowColumns): StoredRow {
  if (!isTyped(columns)) throw damaged(columns);
  const row = rowOf(columns, columns.remembered === 1);
  if (mark(row, columns.ending) !== columns.mark) throw damaged(columns);
  return row;
}

/** Columns of format version 1: fewer facts, and a checksum over some of them. */
export type FirstColumns = Omit<RowColumns, "mark" | "line" | "kind" | "remembered">;

/** Throws DamageError when the checksum does not hold. */
export function fromFirstColumns(columns: FirstColumns): StoredRow {
  const { id, topic, partition, offset, payload, crc } = columns;
  // Version 1 may have the checksum 0 for an empty payload.
  if (
    !isTyped(columns) ||
    (payload.length > 0 && crc32(payload, crc32(`${id}\0${topic}\0${partition}\0${offset}`)) !== crc)
  ) {
    throw damaged(columns);
  }
  return rowOf(columns, columns.at_most_once === 1 || columns.attempts > 0);
}

/** Above the checksum in `crc`. */
export const TAG_UNIT = 2 ** 32;
const TAG_BITS = 21;

/** 21 bits of a hash (FNV-1a) of the id: with the checksum below them they are a safe integer. */
export function idTag(id: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < id.length; at += 1) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> TAG_BITS)) & (2 ** TAG_BITS - 1);
}

/** The same for all rows of a partition. */
export function lineOf(topic: string, partition: number): number {
  return hashed(`${topic}\0${partition}`);
}

/** The same for all rows that are counted together. */
export function kindOf({ topic, application, namespace, task }: Omit<StoredKind, "state">): number {
  return hashed(`${topic}\0${application}\0${namespace}\0${task}`);
}

const MOST_HASHES = 10_000;
const hashes = new Map<string, number>();

/** The first 48 bits of SHA-1: practically unique, and a safe integer. */
function hashed(text: string): number {
  let hash = hashes.get(text);
  if (hash === undefined) {
    if (hashes.size >= MOST_HASHES) hashes.clear();
    hash = createHash("sha1").update(text).digest().readUIntBE(0, 6);
    hashes.set(text, hash);
  }
  return hash;
}

function isTyped(columns: FirstColumns): boolean {
  const { id, namespace, task, application, topic, state, worker, ending, payload } = columns;
  return areStrings(id, namespace, task, application, topic, state, worker, ending ?? "") && Buffer.isBuffer(payload);
}

/** Name by name: spreading this many properties costs ten times as much. */
function rowOf(columns: FirstColumns, remembered: boolean): StoredRow {
  return {
    seq: columns.seq,
    id: columns.id,
    namespace: columns.namespace,
    task: columns.task,
    application: columns.application,
    topic: columns.topic,
    partition: columns.partition,
    offset: columns.offset,
    payload: columns.payload,
    receivedAt: columns.received_at,
    due: columns.due,
    expiresAt: columns.expires_at ?? Number.POSITIVE_INFINITY,
    deadline: columns.deadline,
    atMostOnce: columns.at_most_once === 1,
    deadLetter: columns.dead_letter === 1,
    attempts: columns.attempts,
    maxAttempts: columns.max_attempts,
    remembered,
    state: columns.state,
    processingAttempts: columns.processing_attempts,
    claim: columns.claim,
    worker: columns.worker,
    claimUntil: columns.claim_until ?? Number.POSITIVE_INFINITY,
    ending: endingOf(columns.ending),
  };
}

function checksum(row: Facts): number {
  const { seq, id, namespace, task, application, topic, partition, offset, receivedAt, due, expiresAt } = row;
  const { deadline, atMostOnce, deadLetter, attempts, maxAttempts, remembered } = row;
  const names = `${seq}\0${id}\0${namespace}\0${task}\0${application}\0${topic}\0${partition}\0${offset}`;
  const times = `${receivedAt}\0${due}\0${expiresAt}\0${deadline}`;
  const facts = crc32(`${names}\0${times}\0${atMostOnce}${deadLetter}${remembered}\0${attempts}\0${maxAttempts}`);
  // For an empty buffer without memory, zlib returns its initial value.
  return row.payload.length === 0 ? facts : crc32(row.payload, facts);
}

/** Checksum over the columns that updates change. */
export function mark(row: Omit<RowUpdate, "ending">, ending: string | null): number {
  const { seq, state, processingAttempts, claim, worker, claimUntil } = row;
  return crc32(`${seq}\0${state}\0${processingAttempts}\0${claim}\0${claimUntil}\0${worker}\0${ending ?? ""}`);
}

function endingText(ending: Ending | undefined): string | null {
  return ending === undefined ? null : JSON.stringify(ending);
}

export function endingOf(text: string | null): Ending | undefined {
  return text === null ? undefined : JSON.parse(text);
}

function finite(time: number): number | null {
  return Number.isFinite(time) ? time : null;
}

export function damaged({
  id,
  topic,
  partition,
  offset,
}: Pick<RowColumns, "id" | "topic" | "partition" | "offset">): DamageError {
  return new DamageError(`the row of activation ${id} (${topic}/${partition} offset ${offset}) fails its checksum`);
}
