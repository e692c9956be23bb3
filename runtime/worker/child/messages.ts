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
}

export interface EndedRun {
  readonly run: number;
  readonly result: RunResult;
  readonly stillRunning: boolean;
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
