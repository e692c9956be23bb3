/** What the lock's thread is asked. Keys asked for at once are one transaction. */
export interface LockRequest {
  readonly number: number;
  readonly keys: readonly { readonly key: string; readonly until: number }[];
  /** Milliseconds since the epoch: what is kept until then or earlier is free. */
  readonly now: number;
}

/** `first`: for each key, whether nobody had it. */
export type LockAnswer =
  | { readonly number: number; readonly first: readonly boolean[] }
  | { readonly number: number; readonly problem: string };
