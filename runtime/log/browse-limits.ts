import type { ReadRecord } from "./port.js";

/** What one call of `browse` gives at most, whatever its limit. */
const BROWSED_RECORDS = 1000;
export const BROWSED_BYTES = 1024 * 1024;

/** How many records one call gives at most. */
export function mostRecords(limit: number): number {
  return Math.min(Math.max(Math.floor(limit), 1), BROWSED_RECORDS);
}

/** The first of these records that `browse` may give at once: one at least, when there is one. */
export function withinLimits(records: readonly ReadRecord[], limit: number): readonly ReadRecord[] {
  const most = mostRecords(limit);
  let bytes = 0;
  for (const [count, record] of records.entries()) {
    bytes += lengthOf(record);
    if (count === most || (count > 0 && bytes > BROWSED_BYTES)) return records.slice(0, count);
  }
  return records;
}

/** About the bytes of a record: characters count as one. */
function lengthOf({ key = "", value, headers = {} }: ReadRecord): number {
  let length = key.length + value.length;
  for (const name in headers) length += name.length + (headers[name]?.length ?? 0);
  return length;
}
