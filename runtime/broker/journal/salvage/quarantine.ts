/** What a rebuild of the in-flight file did. */
export interface Quarantine {
  /** The damaged file, absolute. */
  readonly file: string;
  /** What was wrong with it. */
  readonly reason: string;
  /** Wall time, milliseconds. */
  readonly at: number;
  /** Number of rows in the new file. */
  readonly carriedOver: number;
  /** Rows that are not in the new file, as far as they are known; at most 1,000. */
  readonly lost: readonly LostRow[];
  /** How many rows are known to be lost. */
  readonly lostCount: number;
  /** false: to the logs it is another journal, which must take their topics over. */
  readonly uuidKept: boolean;
  /** Boot number of the file when it was rebuilt. */
  readonly boot: number;
}

export interface LostRow {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** undefined: not readable. */
  readonly id: string | undefined;
}
