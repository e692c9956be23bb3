/** Limits, lives and windows of dynamic-sampling.md 1. */

/** Recalibration factors outside of these are not stored. */
export const MIN_REBALANCE_FACTOR = 0.1;
export const MAX_REBALANCE_FACTOR = 10;

/** Rows of one query that are used; one more is asked for, to learn whether there are more. */
export const CHUNK_SIZE = 9998;
export const MAX_ORGS_PER_QUERY = 100;
export const MAX_PROJECTS_PER_QUERY = 5000;

/** Seconds for a whole task with a context. */
export const MAX_TASK_SECONDS = 420;

/** Milliseconds. */
export const RATE_LIFE_MS = 86_400_000;
export const FACTOR_LIFE_MS = 600_000;
export const EXECUTED_MARK_LIFE_MS = 3_600_000;

/** Seconds. */
export const MINUTE = 60;
export const HOUR = 3600;
export const DAY = 86_400;
/** Window of the organizations' volumes that recalibration reads, seconds. */
export const ORG_VOLUMES_INTERVAL = 300;

export const TARGET_SAMPLE_RATE_DEFAULT = 1;
export const DEFAULT_SLIDING_WINDOW_HOURS = 24;
