import { codeOf } from "../../../base/errors.js";
import { failpoint } from "../../../base/failpoint.js";
import type { ChunkFacts, TopicTable } from "./topic-table.js";

/** How long records below the position are kept at most, milliseconds, also when one before them is not settled. */
const KEPT_MS = 24 * 3_600_000;
/** How many bytes of records below the position are kept at most. */
const KEPT_BYTES = 1024 ** 3;

/** How much one transaction deletes at most: appends of other processes wait for it. */
const SLICE_CHUNKS = 1024;
const SLICE_BYTES = 4 * 1024 * 1024;

/** The position of a reader. */
interface Progress {
  /** The lowest offset that is not settled. */
  readonly unsettled: number;
  /** Records below it are settled or rows of the reader's journal. */
  readonly position: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Deletes one slice of the chunks that are not needed; returns whether more of them may be left. Inside a transaction, which
 * fails when a chunk is on a damaged page: the topic is not trimmed from then on, but still appended to and read.
 */
export function trimSlice(table: TopicTable, progress: Progress): boolean {
  if (table.untrimmable) return false;
  const passed = table.bytesBefore(progress.position);
  return deleteSlice(table, (chunks) => dispensable(chunks, progress, passed));
}

/**
 * Deletes one slice of the chunks that were appended before a time, up to the lowest unsettled offset of the topic's reader;
 * returns whether more of them may be left. Inside a transaction, which fails when a chunk is on a damaged page.
 */
export function trimAged(table: TopicTable, before: number, unsettled: number): boolean {
  return deleteSlice(table, (chunks) => slice(chunks, ({ end, at }) => end <= unsettled && at < before));
}

function deleteSlice(table: TopicTable, count: (chunks: readonly ChunkFacts[]) => number): boolean {
  const chunks = table.lowest(SLICE_CHUNKS);
  const last = chunks[count(chunks) - 1];
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
 * How many of the first chunks can be deleted, at most one slice: those below the lowest unsettled offset, and those below
 * the position that are too old or too many bytes before it. `passed`: bytes of the topic before the position.
 * Exported for tests.
 */
export function dispensable(chunks: readonly ChunkFacts[], progress: Progress, passed: number): number {
  const { unsettled, position, now } = progress;
  return slice(chunks, ({ end, after, at }) => {
    return end <= unsettled || (end <= position && (now - at > KEPT_MS || passed - after > KEPT_BYTES));
  });
}

/** How many of the first chunks can be deleted at once. */
function slice(chunks: readonly ChunkFacts[], canGo: (chunk: ChunkFacts) => boolean): number {
  let bytes = 0;
  for (const [count, chunk] of chunks.entries()) {
    bytes += chunk.after - chunk.before;
    if (!canGo(chunk) || (count > 0 && bytes > SLICE_BYTES)) return count;
  }
  return chunks.length;
}
