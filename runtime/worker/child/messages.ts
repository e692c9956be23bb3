import type { TaskFacts } from "../../activation/task.js";
import type { AbortReason } from "./abort-reason.js";
import type { PackedOrders } from "./packed-orders.js";
import type { RunResult } from "./result.js";
import type { RunNames } from "./run-logger.js";

/** Messages from the worker to a child. */
export type ToChild =
  | ({ readonly kind: "run" } & PackedOrders)
  | { readonly kind: "abort"; readonly runs: readonly number[] | "all"; readonly reason: AbortReason }
  /** Nothing runs any more: the child disconnects and ends. */
  | { readonly kind: "end" };

/** To a child's control thread: orders to take back unless they have begun, in columns. */
export interface TakeBack {
  readonly runs: readonly number[];
  readonly orders: readonly number[];
}

/** The answer, by run. */
export interface TakenBack {
  readonly taken: readonly number[];
  /** Had begun or ended. */
  readonly begun: readonly number[];
}

/** Messages from a child to the worker. */
export type FromChild =
  | { readonly kind: "ready"; readonly registry: RegistryFacts }
  | { readonly kind: "refused"; readonly problem: string }
  | ({ readonly kind: "report" } & Report)
  /** Every second, unless the process is blocked. */
  | ({ readonly kind: "vitals" } & Vitals)
  /** A handler's line for the log, as lineLogger writes it. */
  | { readonly kind: "log"; readonly text: string }
  /** A line that a handler wrote to stdout or stderr. */
  | { readonly kind: "output"; readonly line: string; readonly stream: "stdout" | "stderr" }
  /** The child should be replaced. */
  | ({ readonly kind: "fault" } & Fault)
  /** The process ends by itself; `run` is the one that called process.exit. */
  | { readonly kind: "exiting"; readonly run?: number };

/** An error outside any handler's promise, with the names of the run that it could be attributed to. */
export interface Fault extends Partial<RunNames> {
  readonly what: "unhandled rejection" | "uncaught exception";
  readonly error: string;
  readonly stack?: string;
  /** If it could not be attributed: `task id` of the first few runs that were active. */
  readonly running?: readonly string[];
}

export interface Report {
  /** Sent before the handlers start. */
  readonly started: readonly number[];
  readonly completed: readonly number[];
  /** How long each of `completed` ran, milliseconds. */
  readonly ran: readonly number[];
  readonly ended: readonly EndedRun[];
  /** Failed because the worker is stopping: no outcome. */
  readonly interrupted: readonly number[];
  /** Handlers that returned after their run had ended. */
  readonly late: readonly number[];
  /** Keys of parameters dropped since the last report; absent: none. */
  readonly unknownKeys?: number;
}

export interface EndedRun {
  readonly run: number;
  readonly result: RunResult;
  readonly stillRunning: boolean;
}

/** Memory and event loop of a child. */
export interface Vitals {
  /** Resident bytes. */
  readonly rss: number;
  /** The largest lag of its event loop since the last vitals, milliseconds. */
  readonly lag: number;
}

/** What a worker knows of the registry in its children. */
export interface RegistryFacts {
  readonly application: string;
  readonly tasks: readonly TaskFacts[];
}
