export interface Limits {
  /** Per topic: reading stops here and goes on at 75 %. */
  readonly maxPendingCount: number;
  /** Per topic: hand-out waits here. */
  readonly maxProcessingCount: number;
  /** Per topic: reading stops here and goes on at 75 %. Default Infinity. */
  readonly maxDelayCount: number;
  /** Bytes in use of the in-flight file: all reading stops here. Default 8 GiB. */
  readonly maxDisk: number;
  /** Bytes of payloads in memory: all reading stops here. Default 256 MiB. */
  readonly maxLiveBytes: number;
  /** Changes that wait for a commit: all reading stops here. Default 16,384. */
  readonly maxUncommitted: number;
  readonly maxProcessingAttempts: number;
  /** Milliseconds. */
  readonly maxProcessingDeadline: number;
  /** Delayed activations due within so many milliseconds are live; others are only rows. Default 60,000. */
  readonly memoryWindow: number;
  /** A run is presumed lost so many milliseconds after its deadline. Default 3,000. */
  readonly grace: number;
  /** A session that is gone gives its claims back after so many milliseconds. Default 10,000. */
  readonly sessionGrace: number;
  /** After a start nothing is handed out for so long, or until all known workers are back. Default 1,000. */
  readonly startGate: number;
  /** Work that no worker can take is parked after so many milliseconds. Default 30,000. */
  readonly parkAfter: number;
  /** Fetches held at a time; further ones are answered at once. Default 256. */
  readonly maxHeldFetches: number;
  /** How long a finished id is remembered, milliseconds. Default 24 h. */
  readonly rememberFor: number;
  /** Finished ids remembered at a time; the oldest go first. Default 10 million. */
  readonly rememberCount: number;
  /** Rows asked for at a time. Default 2,048. */
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
