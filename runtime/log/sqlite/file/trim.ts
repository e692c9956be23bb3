import { codeOf } from "../../../base/errors.js";
import { failpoint } from "../../../base/failpoint.js";
import type { ChunkFacts, TopicTable } from "./topic-table.js";

/** Behind the position records are kept so long at most, in milliseconds, also when one below them is not settled. */
const KEPT_MS = 24 * 3_600_000;
/** And so many bytes of them. */
const KEPT_BYTES = 1024 ** 3;

/** What one transaction deletes at most: appends of other processes wait for it. */
const SLICE_CHUNKS = 1024;
const SLICE_BYTES = 4 * 1024 * 1024;

/** How far a reader is. */
interface Progress {
  /** The lowest offset that is not finally settled. */
  readonly unsettled: number;
  /** Below it all records are settled or rows of the reader's journal. */
  readonly position: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Deletes one slice of the chunks that are not needed; tells whether more of them may be left. Inside a transaction, which
 * fails when a chunk lies on a damaged page: then the topic is not trimmed any more, and is appended to and read on.
 */
export function trimSlice(table: TopicTable, progress: Progress): boolean {
  if (table.untrimmable) return false;
  const chunks = table.lowest(SLICE_CHUNKS);
  const count = dispensable(chunks, progress, table.bytesBefore(progress.position));
  const last = chunks[count - 1];
  if (last === undefined) return false;
  try {
    table.deleteBelow(last.end);
  } catch (error) {
    table.untrimmable = codeOf(error).startsWith("SQLITE_CORRUPT");
    throw error;
  }
  failpoint("log.trim");
  return true;
}

/**
 * How many of the first chunks may go: those below the lowest unsettled offset, and of those below the position the ones
 * that are too old or too far behind it (`passed` is how many bytes of the topic lie before it). At most one slice.
 */
export function dispensable(chunks: readonly ChunkFacts[], progress: Progress, passed: number): number {
  const { unsettled, position, now } = progress;
  let bytes = 0;
  for (const [count, { end, after, before, at }] of chunks.entries()) {
    const aged = end <= position && (now - at > KEPT_MS || passed - after > KEPT_BYTES);
    bytes += after - before;
    if ((end > unsettled && !aged) || (count > 0 && bytes > SLICE_BYTES)) return count;
  }
  return chunks.length;
}
