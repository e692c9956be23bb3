import type { ReadRecord } from "../../port.js";
import type { FetchedPartition, FetchedRecord } from "../connection/group-broker.js";
import { offsetOf } from "../connection/offset.js";

/**
 * The records of one answer from an offset on; `next`: the offset to go on with. That is after the last batch, also when
 * compaction removed its records, or when it ends with the marker of a transaction.
 */
export function recordsFrom(
  partition: FetchedPartition,
  from: number,
): { readonly records: ReadRecord[]; readonly next: number } {
  const records: ReadRecord[] = [];
  const isAborted = abortedIn(partition);
  let next = from;
  for (const fetched of partition.messages) {
    const offset = offsetOf(fetched.offset);
    const aborted = isAborted(fetched, offset);
    // An answer begins with the batch that contains the offset.
    if (offset < from) continue;
    next = offset + 1;
    if (!fetched.isControlRecord && !aborted) records.push(recordOf(fetched, offset));
  }
  return { records, next: Math.max(next, partition.behind ?? next) };
}

/** Recognizes records of aborted transactions; has to be called for all records of an answer, in order. */
function abortedIn({ abortedTransactions = [] }: FetchedPartition): (record: FetchedRecord, offset: number) => boolean {
  const coming = abortedTransactions.map(({ producerId, firstOffset }) => ({
    producerId,
    from: offsetOf(firstOffset),
  }));
  coming.sort((a, b) => a.from - b.from);
  const open = new Set<string>();
  return ({ batchContext, isControlRecord }, offset) => {
    for (let first = coming[0]; first !== undefined && first.from <= offset; first = coming[0]) {
      open.add(first.producerId);
      coming.shift();
    }
    const { producerId = "", inTransaction = false } = batchContext ?? {};
    if (!inTransaction || !open.has(producerId)) return false;
    // The marker ends the transaction.
    if (isControlRecord) open.delete(producerId);
    return true;
  };
}

function recordOf({ key, value, headers }: FetchedRecord, offset: number): ReadRecord {
  return {
    offset,
    key: key === null ? undefined : key.toString(),
    // A record without a value holds no activation; a raw task gets it as a tombstone.
    value: value ?? new Uint8Array(),
    ...(value === null ? { tombstone: true } : {}),
    headers: headersOf(headers),
  };
}

function headersOf(headers: FetchedRecord["headers"]): Record<string, string> | undefined {
  let found: Record<string, string> | undefined;
  for (const [name, values] of Object.entries(headers)) {
    const value = Array.isArray(values) ? values.at(-1) : values;
    found ??= {};
    Object.defineProperty(found, name, {
      value: value === undefined || value === null ? "" : value.toString(),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return found;
}
