/** What a position carries beside its offset: the metadata string of the group's commit. */
export interface CommitMetadata {
  /** Id of the topic; "" when the cluster has none. */
  readonly topicId: string;
  /** The lowest offset that was not settled. */
  readonly unsettled: number;
  /** From here up to the position the journal has read everything itself. */
  readonly since: number;
  /** Position up to which records are read again; undefined when they are not. */
  readonly rereadUntil: number | undefined;
  /** Identity of the journal that records below the position went to. */
  readonly journal: string;
  /** The journal's commit, by name. */
  readonly journalCommit: string;
}

const FORM = /^tw1 (\S*) (\d{1,16}) (\d{1,16}) (\d{1,16}|-) (\S*) (.*)$/s;

export function writeMetadata(metadata: CommitMetadata): string {
  const { topicId, unsettled, since, rereadUntil, journal, journalCommit } = metadata;
  return `tw1 ${topicId} ${unsettled} ${since} ${rereadUntil ?? "-"} ${encodeURIComponent(journal)} ${journalCommit}`;
}

/** undefined for a commit that taskwire did not make. */
export function readMetadata(text: string): CommitMetadata | undefined {
  const [, topicId = "", unsettled, since, reread, journal = "", journalCommit = ""] = FORM.exec(text) ?? [];
  if (unsettled === undefined) return undefined;
  return {
    topicId,
    unsettled: Number(unsettled),
    since: Number(since),
    rereadUntil: reread === "-" ? undefined : Number(reread),
    journal: decodeURIComponent(journal),
    journalCommit,
  };
}
