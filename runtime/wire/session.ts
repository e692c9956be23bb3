/**
 * The port between a worker and a broker. Two transports implement it: gRPC (worker/transports) and in-process (the
 * broker's own sessions, connected by cli and testing). A claim is one delivery of one activation to one session; only
 * the current claim of an activation may settle it. Claims are safe integers.
 */
export interface SessionPort {
  /** Opens a session. Rejects when the broker is unreachable or refuses; the caller retries with its held claims. */
  open(offer: SessionOffer, events: SessionEvents): Promise<Session>;
}

export interface SessionOffer {
  readonly application: string;
  /** Unique for one start of one worker. */
  readonly worker: string;
  readonly tasks: readonly TaskOffer[];
  readonly slots: number;
  /** Absent: a worker of an earlier version. */
  readonly about?: About;
  /** Claims from an earlier session with this broker whose outcomes are not acknowledged yet. */
  readonly held: readonly HeldClaim[];
}

/** What a worker is, for operators. */
export interface About {
  readonly host: string;
  readonly pid: number;
  /** Version of taskwire; "": not known. */
  readonly version: string;
  readonly isolation: "process" | "none" | "";
}

/** How a worker is doing, for operators. */
export interface Vitals {
  /** Runs under way, and deliveries that wait for a slot. */
  readonly busy: number;
  readonly unstarted: number;
  /** Child processes alive, and how many ended unexpectedly since the worker's start. */
  readonly children: number;
  readonly deaths: number;
  /** How the last child of a crash loop ended; "": there is no loop. */
  readonly crashLoop: string;
  /** Bytes of memory of the worker and its children. */
  readonly rss: number;
  /** The largest lag of its event loop and its children's since the last report, milliseconds. */
  readonly loopLag: number;
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
  /** The held claims that still count; the worker stops and forgets the others. */
  readonly valid: readonly number[];
  /**
   * True when the broker knows activations, not claims: deadlines count from the delivery, nothing can be returned, and
   * only a lock of the worker prevents a second start of at-most-once tasks.
   */
  readonly withoutClaims?: true;
  /** Grants credit: the worker can take `count` more activations. */
  credit(count: number): void;
  /** Withdraws unused credit. Resolves when nothing more will be delivered for it. */
  withdraw(): Promise<void>;
  /** Reports started handlers, running for `since` milliseconds: their deadlines count from the start. */
  started(starts: readonly Started[]): void;
  /** Resolves when the outcomes are durable; rejects when the session ends first (send them on the next one). */
  settle(outcomes: readonly Outcome[]): Promise<void>;
  /** Reports how the worker is doing; absent: the broker does not ask for it. */
  vitals?(vitals: Vitals): void;
  /** Returns unstarted claims; this does not count as a processing attempt. */
  giveBack(claims: readonly number[]): void;
  /**
   * Requests no more work; outcomes may still be sent. Resolves when nothing more will be delivered; rejects when the
   * session ends first.
   */
  drain(): Promise<void>;
  /** Ends the session. The broker presumes the runs of claims that are still open lost. */
  close(): Promise<void>;
}

export interface SessionEvents {
  deliver(deliveries: readonly Delivery[]): void;
  /** A person cancelled these claims: unstarted ones are returned, the runs of the others get their signal. May repeat. */
  cancel(claims: readonly number[]): void;
  /** Called when the session ended without close(); the next session may still adopt its claims. */
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
  /** How often it was delivered before and lost with its worker; absent: never. */
  readonly lost?: number;
}

/** `ran`: how long the handler ran, milliseconds; absent: not measured. */
export type Outcome = { readonly ran?: number } & (
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
      /** Set when the attempts are used up: how many the policy allows. */
      readonly maxAttempts?: number;
    }
  /** Its claim was cancelled; `error`: how the run ended after that, "" when it never began. */
  | { readonly kind: "cancelled"; readonly claim: number; readonly error: string }
);
