/** What a position carries beside its offset, in the metadata of its commit. */
export interface CommitNote {
  /** Id of the topic; "" when the cluster tells none. */
  readonly topicId: string;
  /** The lowest offset that was not settled. */
  readonly unsettled: number;
  /** From there up to the position the journal has read everything itself. */
  readonly since: number;
  /** Position up to which records are read again; undefined when they are not. */
  readonly rereadUntil: number | undefined;
  /** Identity of the journal that took over what lies below the position. */
  readonly journal: string;
  readonly note: string;
}

const FORM = /^tw1 (\S*) (\d{1,16}) (\d{1,16}) (\d{1,16}|-) (\S*) (.*)$/s;

export function writeNote({ topicId, unsettled, since, rereadUntil, journal, note }: CommitNote): string {
  return `tw1 ${topicId} ${unsettled} ${since} ${rereadUntil ?? "-"} ${encodeURIComponent(journal)} ${note}`;
}

/** undefined for the commit of somebody else. */
export function readNote(text: string): CommitNote | undefined {
  const [, topicId = "", unsettled, since, reread, journal = "", note = ""] = FORM.exec(text) ?? [];
  if (unsettled === undefined) return undefined;
  return {
    topicId,
    unsettled: Number(unsettled),
    since: Number(since),
    rereadUntil: reread === "-" ? undefined : Number(reread),
    journal: decodeURIComponent(journal),
    note,
  };
}
