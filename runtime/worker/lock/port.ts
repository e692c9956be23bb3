/** Records for all workers of one machine which activations were started. */
export interface Lock {
  /**
   * True for the first caller with this key, false for every other one until `ttl` milliseconds have passed; resolves
   * when the key is on disk. Rejects if it cannot be stored: then the activation must not start.
   */
  add(key: string, ttl: number): Promise<boolean>;
  close(): Promise<void>;
}
