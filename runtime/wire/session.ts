/**
 * The port between a worker and a broker. Two transports implement it: gRPC (worker/grpc) and in-process (the broker's
 * own sessions, wired up by cli and testing). A claim is one hand-out of one activation to one session; only the
 * current claim of an activation may settle it. Claims are safe integers.
 */
export interface SessionPort {
  /** Opens a session. Rejects when the broker is unreachable or refuses; the caller tries again with its held claims. */
  open(offer: SessionOffer, events: SessionEvents): Promise<Session>;
}

export interface SessionOffer {
  readonly application: string;
  /** Unique for one start of one worker. */
  readonly worker: string;
  readonly tasks: readonly TaskOffer[];
  readonly slots: number;
  /** Claims from an earlier session with this broker whose outcome is not acknowledged yet. */
  readonly held: readonly HeldClaim[];
}

export interface TaskOffer {
  /** Wire name. */
  readonly name: string;
  /** Hash of the task's wire facts. */
  readonly hash: string;
}

export interface HeldClaim {
  readonly claim: number;
  readonly id: string;
}

export interface Session {
  readonly id: string;
  /** Of the held claims, those that still count; the worker stops and forgets the others. */
  readonly valid: readonly number[];
  /**
   * The broker knows activations, not claims: deadlines count from the hand-out, nothing can be given back, and only a
   * lock of the worker keeps at-most-once work from a second start.
   */
  readonly withoutClaims?: true;
  /** The worker can take `count` further activations. */
  credit(count: number): void;
  /** Takes back the credit that is not used yet. Resolves when nothing more will be delivered for it. */
  withdraw(): Promise<void>;
  /** Handlers that have been running for `since` milliseconds: their deadline counts from then. */
  started(starts: readonly Started[]): void;
  /** Resolves when the outcomes are durable; rejects when the session ends first (send them on the next one). */
  settle(outcomes: readonly Outcome[]): Promise<void>;
  /** Gives unstarted claims back, without a processing attempt. */
  giveBack(claims: readonly number[]): void;
  /**
   * No more work is wanted; outcomes may still be sent. Resolves when nothing more will be delivered; rejects when the
   * session ends first.
   */
  drain(): Promise<void>;
  /** Ends the session. Of claims still open nothing will be said: the broker presumes their runs lost. */
  close(): Promise<void>;
}

export interface SessionEvents {
  deliver(deliveries: readonly Delivery[]): void;
  /** The session ended without close(); its claims may still be adopted by the next one. */
  lost(reason: string): void;
}

export interface Started {
  readonly claim: number;
  readonly since: number;
}

export interface Delivery {
  readonly claim: number;
  /** An encoded TaskActivation. */
  readonly activation: Uint8Array;
  /** Effective processing deadline: milliseconds from the handler's start. */
  readonly deadline: number;
  /** How often it was handed out before and lost with its worker; absent: never. */
  readonly lost?: number;
}

export type Outcome =
  | { readonly kind: "complete"; readonly claim: number }
  | {
      readonly kind: "retry";
      readonly claim: number;
      readonly reason: string;
      readonly error: string;
      /** Whole seconds until the next run. */
      readonly delay?: number;
      readonly maxAttempts?: number;
    }
  | {
      readonly kind: "failure";
      readonly claim: number;
      readonly reason: string;
      readonly error: string;
      /** Set when the runs that the policy allows are used up: how many those are. */
      readonly maxAttempts?: number;
    };
