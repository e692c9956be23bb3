import type { Reason } from "../../activation/reasons.js";

/** Failed runs of one kind. Times are ISO 8601. */
export interface ErrorGroupDocument {
  /** 16 hex digits; dead letters of the group have the same. */
  readonly fingerprint: string;
  readonly application: string;
  readonly namespace: string;
  /** Wire name. */
  readonly task: string;
  /** Reason of the last one. */
  readonly reason: Reason;
  /** First line of the last one's error, as it is. */
  readonly error: string;
  /** Where it was thrown: the top frame outside node_modules; "": not known. */
  readonly frame: string;
  readonly count: number;
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** Ids of the last five. */
  readonly ids: readonly string[];
  /** How many in each of the last 60 minutes, the oldest first. */
  readonly perMinute: readonly number[];
}

/** The answer of Errors. Parameters: `q`, a filter of error groups, default: all; `limit`, 1 to 1,000, default 100. */
export interface ErrorsDocument {
  /** The one that was seen last is the first. */
  readonly groups: readonly ErrorGroupDocument[];
  /** How many groups match. */
  readonly matched: number;
  /** Failed runs that came too fast to be grouped, since the start. */
  readonly ungrouped: number;
  /** When the history begins, ISO 8601. */
  readonly since: string;
}
