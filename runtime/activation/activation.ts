/** An activation, decoded. Durations are whole seconds as on the wire, times milliseconds. */
export interface Activation {
  readonly id: string;
  readonly namespace: string;
  /** Wire name of the task. */
  readonly task: string;
  /** "" when the producer set none. */
  readonly application: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly receivedAt: number;
  readonly parameters: Uint8Array;
  /** JSON of { args, kwargs }, from producers that do not set parameters_bytes. */
  readonly legacyParameters?: string;
  readonly retry: RetryState;
  readonly deadline: number;
  readonly expires: number | undefined;
  readonly delay: number | undefined;
}

export interface RetryState {
  /** Finished runs so far. */
  readonly attempts: number;
  /** 0: the broker accepts any number of retries. */
  readonly maxAttempts: number;
  readonly onExceeded: "discard" | "deadletter";
  readonly atMostOnce: boolean;
  /** Seconds. */
  readonly delay: number | undefined;
}

/** What the broker reads of an activation: everything but the parameters. */
export type ActivationHead = Omit<Activation, "parameters" | "legacyParameters">;
