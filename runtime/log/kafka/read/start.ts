import { knows, type Lineage } from "../../lineage.js";
import type { PutBack } from "../../port.js";
import type { Bounds } from "../fetch/bounds.js";
import { type CommitMetadata, readMetadata } from "../group/commit-metadata.js";

export interface Start {
  /** The first offset to read. */
  readonly next: number;
  readonly committed: number | undefined;
  readonly rereadUntil: number | undefined;
  readonly metadata: CommitMetadata | undefined;
  /** What has to be reported. */
  readonly alert: "another-topic" | "records-deleted" | undefined;
  readonly putBack: PutBack | undefined;
}

/** The journal that reads. */
interface ReadingJournal {
  readonly journal: string;
  /** It lost rows: what was not settled is read again. */
  readonly reread: boolean;
  readonly lineage: Lineage;
}

/** Where the reading of a partition starts. */
export function startOf(
  { first, end }: Bounds,
  stored: { readonly offset: number; readonly metadata: string } | undefined,
  topicId: string,
  reading: ReadingJournal,
): Start {
  const none = { next: first, committed: undefined, rereadUntil: undefined, metadata: undefined, putBack: undefined };
  if (stored === undefined) return { ...none, alert: undefined };
  const metadata = readMetadata(stored.metadata);
  const another = metadata !== undefined && metadata.topicId !== "" && topicId !== "" && metadata.topicId !== topicId;
  if (another || stored.offset > end) return { ...none, alert: "another-topic" };
  if (metadata === undefined) {
    // It is unknown which records up to the end were in hand before.
    const until = Math.max(stored.offset, end);
    const rest = { metadata, alert: undefined, putBack: { what: "position" } } as const;
    return { next: Math.max(stored.offset, first), committed: stored.offset, rereadUntil: until, ...rest };
  }
  const own = metadata.journal === reading.journal;
  const older = own && !knows(reading.lineage, metadata.journalCommit);
  const rereads = own && (reading.reread || older);
  const from = rereads ? metadata.unsettled : stored.offset;
  return {
    next: Math.max(from, first),
    committed: stored.offset,
    rereadUntil: rereads ? Math.max(stored.offset, metadata.rereadUntil ?? 0) : metadata.rereadUntil,
    putBack: older ? { what: "journal", settledBelow: metadata.unsettled } : undefined,
    metadata,
    // Records below `unsettled` were settled before: they are not missed.
    alert: stored.offset < first ? "records-deleted" : undefined,
  };
}
