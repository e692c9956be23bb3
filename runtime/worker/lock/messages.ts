/** A request to the lock's thread. Its keys are added in one transaction. */
export interface LockRequest {
  readonly number: number;
  readonly keys: readonly { readonly key: string; readonly until: number }[];
  /** Milliseconds since the epoch: keys kept until then or earlier are free. */
  readonly now: number;
}

/** `first`: for each key, whether nobody had it. */
export type LockAnswer =
  | { readonly number: number; readonly first: readonly boolean[] }
  | { readonly number: number; readonly problem: string };
