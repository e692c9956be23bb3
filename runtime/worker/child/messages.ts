import type { TaskFacts } from "../../activation/task.js";
import type { RunOrder, RunResult } from "./result.js";

/** What a supervisor tells a child. */
export type ToChild =
  | ({ readonly kind: "run" } & PackedOrders)
  | { readonly kind: "abort"; readonly runs: readonly number[] | "all"; readonly reason: "stopping" | "claim_lost" }
  /** Nothing runs any more: disconnect and end. */
  | { readonly kind: "end" };

/** Orders in columns, their activations in one piece: one buffer a message instead of one an activation. */
export interface PackedOrders {
  readonly runs: readonly number[];
  readonly deadlines: readonly number[];
  readonly lengths: readonly number[];
  readonly bytes: Uint8Array;
}

/** What a child tells its supervisor. */
export type FromChild =
  | { readonly kind: "ready"; readonly registry: RegistryFacts }
  | { readonly kind: "refused"; readonly problem: string }
  | ({ readonly kind: "report" } & Report)
  /** Every second, unless the process is blocked. */
  | ({ readonly kind: "vitals" } & Vitals)
  /** An error outside of any handler's promise; `run` when it could be attributed. The child should be replaced. */
  | { readonly kind: "fault"; readonly error: string; readonly run?: number }
  /** The process ends by itself; `run` is the one that called process.exit. */
  | { readonly kind: "exiting"; readonly run?: number };

export interface Report {
  /** Sent before the handlers start. */
  readonly started: readonly number[];
  readonly completed: readonly number[];
  readonly ended: readonly EndedRun[];
  /** Failed because the worker stops: no outcome. */
  readonly interrupted: readonly number[];
  /** Handlers that returned after their run had ended. */
  readonly late: readonly number[];
  /** Keys of parameters dropped since the report before; absent: none. */
  readonly unknownKeys?: number;
}

export interface EndedRun {
  readonly run: number;
  readonly result: RunResult;
  readonly stillRunning: boolean;
}

/** How a child is. */
export interface Vitals {
  /** Resident bytes. */
  readonly rss: number;
  /** How late its event loop turned at most since the last vitals, milliseconds. */
  readonly lag: number;
}

/** A handler can send messages of its own through the same pipe: they are none of ours. */
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
    case "fault":
      return typeof fields.error === "string" && isOptional(fields.run);
    default:
      return message.kind === "exiting" && isOptional(fields.run);
  }
}

function isRegistry(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("application" in value) || !("tasks" in value)) return false;
  return typeof value.application === "string" && Array.isArray(value.tasks);
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
  const { kind, reason, error, delay, maxAttempts }: Readonly<Record<string, unknown>> = { ...value.result };
  if (kind === "complete") return true;
  if (kind !== "retry" && kind !== "failure") return false;
  return typeof reason === "string" && typeof error === "string" && isOptional(delay) && isOptional(maxAttempts);
}

export interface RegistryFacts {
  readonly application: string;
  readonly tasks: readonly TaskFacts[];
}

export function packOrders(orders: readonly RunOrder[]): PackedOrders {
  return {
    runs: orders.map(({ run }) => run),
    deadlines: orders.map(({ deadline }) => deadline),
    lengths: orders.map(({ activation }) => activation.length),
    bytes: Buffer.concat(orders.map(({ activation }) => activation)),
  };
}

export function unpackOrders({ runs, deadlines, lengths, bytes }: PackedOrders): RunOrder[] {
  let at = 0;
  return runs.map((run, index) => {
    const end = at + (lengths[index] ?? 0);
    const activation = bytes.subarray(at, end);
    at = end;
    return { run, activation, deadline: deadlines[index] ?? 0 };
  });
}
