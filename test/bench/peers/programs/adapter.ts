/** The parameters of every activation: its number, and when it was sent in milliseconds of the shared clock, 0: not measured. */
export interface Pair {
  readonly n: number;
  readonly sent: number;
}

/** One peer's library, so that all are asked in the same words. */
export interface Adapter {
  /** `address`: of its server, or a data folder. */
  connect(address: string): Promise<Producer>;
  /** Starts a worker in this process that calls `ran` for each activation; `sandboxed`: handlers run in child processes. */
  work(address: string, sandboxed: boolean): Promise<() => Promise<void>>;
}

export interface Producer {
  /** Resolves when the server has accepted it. */
  send(pair: Pair): Promise<unknown>;
  sendMany(pairs: readonly Pair[]): Promise<unknown>;
  /** Whether the server has nothing left to run. */
  settled(): Promise<boolean>;
}
