import type { ReadRecord } from "../../../log/port.js";

/** Records as they cross to the thread: one string and one buffer, because cloning an object for each takes several times as long. */
export interface PackedRecords {
  /** JSON: one entry for each record. */
  readonly facts: string;
  /** The values, one after the other. */
  readonly values: ArrayBuffer;
}

type Facts = readonly [
  offset: number,
  bytes: number,
  key: string | null,
  headers: Readonly<Record<string, string>> | null,
  timestamp: number | null,
  tombstone: boolean,
];

export function packRecords(records: readonly ReadRecord[]): PackedRecords {
  const values = new Uint8Array(records.reduce((sum, { value }) => sum + value.length, 0));
  let at = 0;
  const facts = records.map(({ offset, value, key, headers, timestamp, tombstone }): Facts => {
    values.set(value, at);
    at += value.length;
    return [offset, value.length, key ?? null, headers ?? null, timestamp ?? null, tombstone === true];
  });
  return { facts: JSON.stringify(facts), values: values.buffer };
}

export function unpackRecords({ facts, values }: PackedRecords): ReadRecord[] {
  let at = 0;
  const entries: readonly Facts[] = JSON.parse(facts);
  return entries.map(([offset, bytes, key, headers, timestamp, tombstone]) => {
    const value = new Uint8Array(values, at, bytes);
    at += bytes;
    const record = { offset, value, key: key ?? undefined, headers: headers ?? undefined };
    const dated = timestamp === null ? record : { ...record, timestamp };
    return tombstone ? { ...dated, tombstone } : dated;
  });
}
