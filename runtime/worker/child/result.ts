import type { Outcome } from "../../wire/session.js";

/** How one run ended: an outcome without a claim. */
export type RunResult = (Outcome extends infer Each ? (Each extends Outcome ? Omit<Each, "claim"> : never) : never) & {
  /** It failed with an error that the task declares as expected: counted, but logged at debug level. */
  readonly silenced?: boolean;
  /** The error with its stack and causes. */
  readonly stack?: string;
};

/** One activation handed to a runner. `run` is unique in one worker. */
export interface RunOrder {
  readonly run: number;
  /** Its number among the orders of the child it was given to, from 1. */
  order?: number;
  /** An encoded TaskActivation. */
  readonly activation: Uint8Array;
  /** Milliseconds from the handler's start. */
  readonly deadline: number;
  /** How often it was lost with its worker or child before or after its start; absent: never. */
  readonly lostBefore?: number;
}

/** Events of the runs of an executor. */
export interface RunEvents {
  /**
   * `stillRunning`: the deadline passed and the handler has not returned. `ran`: how long the handler ran, whole milliseconds,
   * at least 1; 0: it was not started.
   */
  ended(run: number, result: RunResult, stillRunning: boolean, ran: number): void;
  /** It failed because its worker is stopping: it has no outcome. */
  interrupted(run: number): void;
  /** A handler returned after its run had ended. */
  late(run: number): void;
}

export const COMPLETE: RunResult = { kind: "complete" };
