import type { TaskFacts } from "../../activation/task.js";
import type { RunOrder, RunResult } from "./result.js";
import type { RunNames } from "./run-logger.js";

/** Messages from the worker to a child. */
export type ToChild =
  | ({ readonly kind: "run" } & PackedOrders)
  | { readonly kind: "abort"; readonly runs: readonly number[] | "all"; readonly reason: "stopping" | "claim_lost" }
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

/** Orders in columns with their activations in one piece: one buffer per message instead of one per activation. */
export interface PackedOrders {
  /** The number of the first order among those of its child; the others follow. */
  readonly first: number;
  readonly runs: readonly number[];
  readonly deadlines: readonly number[];
  readonly lengths: readonly number[];
  /** RunOrder.lostBefore of each; absent: none was lost. */
  readonly lost?: readonly number[];
  readonly bytes: Uint8Array;
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

/** Whether a message is one of these: a handler that finds the pipe can write anything to it. */
export function isFromChild(message: unknown): message is FromChild {
  if (typeof message !== "object" || message === null || !("kind" in message)) return false;
  const fields: Readonly<Record<string, unknown>> = { ...message };
  switch (message.kind) {
    case "ready":
      return isRegistry(fields.registry);
    case "refused":
      return typeof fields.problem === "string";
    case "report":
      return (
        [fields.started, fields.completed, fields.interrupted, fields.late].every(areRuns) &&
        Array.isArray(fields.ended) &&
        fields.ended.every(isEnded) &&
        isOptional(fields.unknownKeys)
      );
    case "vitals":
      return typeof fields.rss === "number" && typeof fields.lag === "number";
    case "log":
      return typeof fields.text === "string";
    case "output":
      return typeof fields.line === "string" && (fields.stream === "stdout" || fields.stream === "stderr");
    case "fault":
      return (
        (fields.what === "unhandled rejection" || fields.what === "uncaught exception") &&
        typeof fields.error === "string" &&
        [fields.stack, fields.id, fields.task].every((each) => each === undefined || typeof each === "string") &&
        isOptional(fields.attempt) &&
        (fields.running === undefined || areStrings(fields.running))
      );
    default:
      return message.kind === "exiting" && isOptional(fields.run);
  }
}

export function isToChild(message: unknown): message is ToChild {
  if (typeof message !== "object" || message === null || !("kind" in message)) return false;
  return message.kind === "run" || message.kind === "abort" || message.kind === "end";
}

export function isTakeBack(message: unknown): message is TakeBack {
  if (typeof message !== "object" || message === null || !("runs" in message) || !("orders" in message)) return false;
  return areRuns(message.runs) && areRuns(message.orders);
}

export function isTakenBack(message: unknown): message is TakenBack {
  if (typeof message !== "object" || message === null || !("taken" in message) || !("begun" in message)) return false;
  return areRuns(message.taken) && areRuns(message.begun);
}

function isRegistry(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("application" in value) || !("tasks" in value)) return false;
  return typeof value.application === "string" && Array.isArray(value.tasks);
}

function areStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}

function areRuns(value: unknown): boolean {
  return Array.isArray(value) && value.every((run) => typeof run === "number");
}

function isOptional(value: unknown): boolean {
  return value === undefined || typeof value === "number";
}

function isEnded(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("run" in value) || !("result" in value)) return false;
  if (typeof value.run !== "number" || typeof value.result !== "object" || value.result === null) return false;
  const { kind, reason, error, stack, delay, maxAttempts }: Readonly<Record<string, unknown>> = { ...value.result };
  if (kind === "complete") return true;
  if (kind !== "retry" && kind !== "failure") return false;
  if (stack !== undefined && typeof stack !== "string") return false;
  return typeof reason === "string" && typeof error === "string" && isOptional(delay) && isOptional(maxAttempts);
}

export interface RegistryFacts {
  readonly application: string;
  readonly tasks: readonly TaskFacts[];
}

export function packOrders(orders: readonly RunOrder[]): PackedOrders {
  return {
    first: orders[0]?.order ?? 0,
    runs: orders.map(({ run }) => run),
    deadlines: orders.map(({ deadline }) => deadline),
    lengths: orders.map(({ activation }) => activation.length),
    ...(orders.some(({ lostBefore = 0 }) => lostBefore > 0)
      ? { lost: orders.map(({ lostBefore = 0 }) => lostBefore) }
      : {}),
    bytes: Buffer.concat(orders.map(({ activation }) => activation)),
  };
}

export function unpackOrders({ first, runs, deadlines, lengths, lost, bytes }: PackedOrders): RunOrder[] {
  let at = 0;
  return runs.map((run, index) => {
    const end = at + (lengths[index] ?? 0);
    const activation = bytes.subarray(at, end);
    at = end;
    const order = { run, order: first + index, activation, deadline: deadlines[index] ?? 0 };
    return lost === undefined ? order : { ...order, lostBefore: lost[index] ?? 0 };
  });
}
