/** Remembers for all workers of one machine what was started. */
export interface Lock {
  /**
   * True for the first caller with this key, false for every other one until `ttl` milliseconds have passed; resolves
   * when that is on disk. Rejects when it cannot be kept: nothing may start then.
   */
  add(key: string, ttl: number): Promise<boolean>;
  close(): Promise<void>;
}
