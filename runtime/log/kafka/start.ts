import type { Bounds } from "./bounds.js";
import { type CommitNote, readNote } from "./committed.js";

export interface Start {
  /** The first offset to read. */
  readonly next: number;
  readonly committed: number | undefined;
  readonly rereadUntil: number | undefined;
  readonly note: CommitNote | undefined;
  /** What people have to hear. */
  readonly alert: "another-topic" | "records-deleted" | undefined;
}

/** Where the reading of a partition starts. `reread`: the journal whose rows are lost, to be read again. */
export function startOf(
  { first, end }: Bounds,
  stored: { readonly offset: number; readonly metadata: string } | undefined,
  topicId: string,
  reread: string | undefined,
): Start {
  const none = { next: first, committed: undefined, rereadUntil: undefined, note: undefined };
  if (stored === undefined) return { ...none, alert: undefined };
  const note = readNote(stored.metadata);
  const another = note !== undefined && note.topicId !== "" && topicId !== "" && note.topicId !== topicId;
  if (another || stored.offset > end) return { ...none, alert: "another-topic" };
  const rereads = note !== undefined && note.journal === reread;
  const from = rereads ? note.unsettled : stored.offset;
  return {
    next: Math.max(from, first),
    committed: stored.offset,
    rereadUntil: rereads ? Math.max(stored.offset, note.rereadUntil ?? 0) : note?.rereadUntil,
    note,
    // Of what was settled before nobody misses anything.
    alert: stored.offset < first ? "records-deleted" : undefined,
  };
}
