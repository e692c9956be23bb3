import type { Role, VerbName } from "../operations/verbs.js";

/** The answer to a verb; T is the type of its document. */
export interface Answer<T> {
  readonly document: T;
  /** The encoded activation; empty when the verb has none. */
  readonly activation: Uint8Array;
}

/** On whose behalf a broker is asked. */
export interface Person {
  /** The audit log has it. */
  readonly actor: string;
  /** Where they are, for the audit log of a broker in this process. */
  readonly address: string;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  may(role: Role): boolean;
}

/** How one broker is asked. */
export interface BrokerPort {
  /** HOST:PORT, or the name under which answers list it. */
  readonly address: string;
  /** Rejects with OperationError when the broker refuses, else with another TaskwireError. */
  ask<T>(verb: VerbName, request: object): Promise<Answer<T>>;
  /** The status document as JSON. Rejects as ask(). */
  status(): Promise<string>;
  /** The same broker, asked on behalf of somebody else. close() of the result closes nothing. */
  as(person: Person): BrokerPort;
  close(): void;
}
