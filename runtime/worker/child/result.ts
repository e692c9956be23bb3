import type { Outcome } from "../../wire/session.js";

/** How one run ended: an outcome that does not yet name a claim. */
export type RunResult = (Outcome extends infer Each ? (Each extends Outcome ? Omit<Each, "claim"> : never) : never) & {
  /** It ended by an error that the task declares as no news: counted, and logged at debug only. */
  readonly silenced?: boolean;
  /** The error with where it was thrown and what caused it. */
  readonly stack?: string;
};

/** One activation handed to whoever runs it. `run` is unique in one worker. */
export interface RunOrder {
  readonly run: number;
  /** Its number among the orders of the child it was given to, from 1. */
  order?: number;
  /** An encoded TaskActivation. */
  readonly activation: Uint8Array;
  /** Milliseconds from the handler's start. */
  readonly deadline: number;
  /** How often it was started, or about to be, and was lost with its worker or child; absent: never. */
  readonly lostBefore?: number;
}

/** What an executor tells of its runs. */
export interface RunEvents {
  /** `stillRunning`: its deadline passed and the handler has not returned. */
  ended(run: number, result: RunResult, stillRunning: boolean): void;
  /** It failed because its worker stops: it has no outcome. */
  interrupted(run: number): void;
  /** A handler returned after its run had ended. */
  late(run: number): void;
}

export const COMPLETE: RunResult = { kind: "complete" };
