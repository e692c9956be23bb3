/** Why a broker is not ready: a closed list, in /readyz and in a metric. */
export const NOT_READY = [
  "starting",
  "stopping",
  "stalled",
  "journal_stuck",
  "commit_slow",
  "not_assigned",
  "unreadable",
  "publishing_fails",
  "disk_full",
] as const;

export interface Reason {
  readonly code: (typeof NOT_READY)[number];
  readonly message: string;
}

/** Why the reading of a topic is paused. "memory": by payloads there; "journal": by changes that wait for it. */
export const PAUSE_REASONS = ["max_pending_count", "max_delay_count", "max_disk", "memory", "journal"] as const;

export type PauseReason = (typeof PAUSE_REASONS)[number];
