/** The limits and times of the machine; times in milliseconds. */
export interface Limits {
  /** Per topic: reading pauses at this number and resumes at 75 % of it. Default 16,384. */
  readonly maxPendingCount: number;
  /** Per topic: hand-out waits at this number. Default 16,384. */
  readonly maxProcessingCount: number;
  /** Per topic: reading pauses at this number and resumes at 75 % of it. Default Infinity. */
  readonly maxDelayCount: number;
  /** Bytes in use of the in-flight file at which all reading pauses. Default 8 GiB. */
  readonly maxDisk: number;
  /** Bytes of payloads in memory at which all reading pauses. Default 256 MiB. */
  readonly maxLiveBytes: number;
  /** Changes waiting for a commit at which all reading pauses. Default 16,384. */
  readonly maxUncommitted: number;
  /** Hand-outs that are lost with their worker before the activation fails. Default 5. */
  readonly maxProcessingAttempts: number;
  /** Longest deadline of a run. Default 1 h. */
  readonly maxProcessingDeadline: number;
  /** Delayed activations that are due within it are in memory; the others are only rows. Default 60,000. */
  readonly memoryWindow: number;
  /** How long after its deadline a run is presumed lost. Default 3,000. */
  readonly grace: number;
  /** How long a lost session keeps its claims. Default 10,000. */
  readonly sessionGrace: number;
  /** How long hand-out waits after a start for the known workers to come back. Default 1,000. */
  readonly startGate: number;
  /** How long work that no worker can take stays in memory before it is parked. Default 30,000. */
  readonly parkAfter: number;
  /** Fetches that wait at the same time; further ones are answered immediately. Default 256. */
  readonly maxHeldFetches: number;
  /** How long a finished id is remembered. Default 24 h. */
  readonly rememberFor: number;
  /** How many finished ids are remembered; the oldest go first. Default 10 million. */
  readonly rememberCount: number;
  /** Rows requested from the journal at a time. Default 2,048. */
  readonly loadLimit: number;
}

export const DEFAULT_LIMITS: Limits = {
  maxPendingCount: 16_384,
  maxProcessingCount: 16_384,
  maxDelayCount: Number.POSITIVE_INFINITY,
  maxDisk: 8 * 1024 ** 3,
  maxLiveBytes: 256 * 1024 ** 2,
  maxUncommitted: 16_384,
  maxProcessingAttempts: 5,
  maxProcessingDeadline: 3_600_000,
  memoryWindow: 60_000,
  grace: 3000,
  sessionGrace: 10_000,
  startGate: 1000,
  parkAfter: 30_000,
  maxHeldFetches: 256,
  rememberFor: 86_400_000,
  rememberCount: 10_000_000,
  loadLimit: 2048,
};
