import { cutError } from "../../wire/codec/session-codec.js";
import { Cancelled } from "../errors.js";
import type { ActiveRun } from "./active-run.js";
import { errorText } from "./error-text.js";
import type { RunResult } from "./result.js";

/** A handler that does not end within this time after the signal of a cancelled run is given up, milliseconds. */
export const CANCEL_MS = 5000;

/** A cancelled run that was never started. */
export const NEVER_STARTED: RunResult = { kind: "cancelled", error: "" };

/** A run that was cancelled ends as cancelled, however its handler ends: the result says how. */
export function wasCancelled(run: ActiveRun): boolean {
  return run.abortReason instanceof Cancelled;
}

export function returnedAfterCancel(run: ActiveRun, now: number): RunResult {
  return { kind: "cancelled", error: `the handler returned normally ${since(run, now)} after the signal` };
}

export function failedAfterCancel(run: ActiveRun, now: number, error: unknown): RunResult {
  if (error === run.abortReason || (error instanceof Error && error.cause === run.abortReason))
    return { kind: "cancelled", error: `the handler stopped ${since(run, now)} after the signal` };
  const { error: text } = errorText(error);
  return { kind: "cancelled", error: cutError(`the handler failed ${since(run, now)} after the signal: ${text}`) };
}

/** It did not end in time. */
export function givenUpAfterCancel(run: ActiveRun, now: number): RunResult {
  return { kind: "cancelled", error: `the handler had not ended ${since(run, now)} after the signal` };
}

function since({ abortedAt = 0 }: ActiveRun, now: number): string {
  return `${((now - abortedAt) / 1000).toFixed(1)} s`;
}
