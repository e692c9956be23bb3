import type { Looked, Total } from "./activations.js";

/** How a dead letter stands. */
export type LetterState = "open" | "replayed" | "purged";

/** What the bytes of a dead letter are. `oversized`: they were too large to be stored. */
export type LetterContent = "activation" | "undecodable" | "oversized";

/** A dead letter in a list. Times are ISO strings; names are cut to 1,024 characters, the error to 256. */
export interface LetterDocument {
  /** TOPIC/PARTITION/OFFSET of the letter's record in the dead-letter topic. */
  readonly place: string;
  readonly state: LetterState;
  /** Id of the last run. */
  readonly id: string;
  /** Id of the first run. */
  readonly root: string;
  readonly application: string;
  readonly namespace: string;
  readonly task: string;
  readonly reason: string;
  readonly error: string;
  /** Fingerprint of the failure, by which `errors` groups; "" when the reason is none of Taskwire's. */
  readonly fingerprint: string;
  readonly attempts: number;
  /** Absent: no bound. */
  readonly maxAttempts?: number;
  /** How often the last run was handed out before and lost with its worker. */
  readonly lost: number;
  /** When it ended; absent: unknown. */
  readonly at?: string;
  /** When it is as old as its topic keeps records; absent: the topic keeps them without end, or `at` is unknown. */
  readonly deletedAfter?: string;
  /** Place of the original record. */
  readonly original: string;
  /** Bytes of the activation. */
  readonly size: number;
  readonly atMostOnce: boolean;
  readonly content: LetterContent;
  /** The letter that it is a replay of. */
  readonly replayOf?: string;
  readonly resolved?: {
    readonly by: string;
    readonly at: string;
    /** Id of the activation that replays it. */
    readonly replay?: string;
  };
}

/** How far the index has read the dead-letter topics. */
export interface LetterReading {
  /** Share of the records that are kept, from 0 to 1; 1: all. */
  readonly read: number;
  /** Topics that cannot be read at the moment: what is known of them may be old. */
  readonly unreadable: readonly { readonly topic: string; readonly error: string }[];
}

export interface LetterList extends LetterReading {
  /** The newest first, unless the oldest were asked for. */
  readonly letters: readonly LetterDocument[];
  /** Absent: nothing follows. */
  readonly cursor?: string;
  /** Letters of this pass that match. Not exact while the index is built, and when older ones are beyond it. */
  readonly total: Total;
  /** Set when the page ended because it had looked at many letters: how many of how many, in this pass. */
  readonly looked: Looked | null;
  /** All that the index has, whatever the filter. */
  readonly counts: Readonly<Record<LetterState, number>>;
  /** Open letters that are older than the index reaches. */
  readonly older: readonly { readonly task: string; readonly reason: string; readonly count: number }[];
}

/** Letters that failed in the same way, of one task. */
export interface LetterGroup {
  /** As in LetterDocument. */
  readonly fingerprint: string;
  /** Wire name; "": unknown. */
  readonly task: string;
  readonly reason: string;
  /** The error of the newest of them, at most 256 characters. */
  readonly error: string;
  readonly count: number;
  /** When the newest of them ended, ISO string; absent: unknown. */
  readonly newest?: string;
}

/** Answer of LetterGroups: all letters that match, by how they failed. */
export interface LetterGroups extends LetterReading {
  /** The largest first, at most 200. */
  readonly groups: readonly LetterGroup[];
  /** Letters that are in none of these groups. */
  readonly others: number;
  /** Set when a filter by parameters has looked at many letters, the newest: how many of how many. */
  readonly looked: Looked | null;
}

/** One letter; the activation's bytes are beside the document. */
export interface LetterDetails {
  readonly letter: LetterDocument;
  /** Key of the record; absent: it has none. */
  readonly key?: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A letter of an export. The bytes of all activations of a page follow each other beside the document. */
export interface ExportedLetter extends LetterDetails {
  /** How many of these bytes are its own. */
  readonly bytes: number;
}

export interface LetterExport {
  /** In the order of topic, partition and offset. */
  readonly letters: readonly ExportedLetter[];
  /** Absent: nothing follows. */
  readonly cursor?: string;
  /** Records that were looked at. */
  readonly lookedAt: number;
  /** Offsets that cannot be read: the disk lost them. */
  readonly damaged: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly from: number;
    readonly to: number;
  }[];
}

/** What happened to a letter that a request names, or would happen. */
export interface LetterOutcome {
  readonly place: string;
  /**
   * `already`: it was resolved before, as `state` says. `left_out`: `why` is undecodable, oversized, may_have_started or
   * no_route. `purged` with `why`: its bytes are still in the embedded log for the moment. `unknown`: the topic has no letter there, or no more. `failed`: `why` says more; repeating is safe.
   */
  readonly outcome: "replayed" | "purged" | "already" | "left_out" | "unknown" | "failed";
  readonly state?: LetterState;
  readonly why?: string;
  /** Id of the activation that replays it, and the topic that it goes to. */
  readonly id?: string;
  readonly topic?: string;
}

/** The answer to a replay or a purge of letters by their places. */
export interface LetterOutcomes {
  readonly outcomes: readonly LetterOutcome[];
  /** How many there are of each outcome. */
  readonly counts: Readonly<Record<string, number>>;
  /** Nothing was changed. */
  readonly dryRun?: true;
}

/** The answer to a dry run of a replay or a purge by filter. */
export interface LetterPlan {
  readonly matched: number;
  readonly leftOut: Readonly<Record<string, number>>;
  readonly tasks: Readonly<Record<string, number>>;
  readonly samples: readonly LetterDocument[];
  readonly plan: string;
  /** How long the change takes at its rate; absent: as fast as the log takes. */
  readonly seconds?: number;
}
