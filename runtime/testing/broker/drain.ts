import { DrainError } from "../errors.js";
import type { RunOutcome } from "../outcome.js";

/** One run of a handler, and how it ended. */
export type Run = RunOutcome & {
  /** Of the activation; each retry has its own. */
  readonly id: string;
  /** `<namespace>.<task>` as in the YAML. */
  readonly task: string;
  /** 1 for the first run. */
  readonly attempt: number;
};

export interface DrainOptions {
  /** So many runs at most, against tasks that delay each other for ever. Default 1,000. */
  readonly limit?: number;
  /** What a run means that fails for good: `throw` (default) a DrainError, or `keep` it among the runs. */
  readonly failures?: "throw" | "keep";
}

/** What a drain ran, in order of their end. */
export interface Drained {
  readonly runs: readonly Run[];
  /** Those that failed for good. */
  readonly failures: readonly Run[];
}

export const DEFAULT_LIMIT = 1000;

/** Throws DrainError `drain_failures` unless they are to be kept. */
export function drained(runs: readonly Run[], { failures: wish = "throw" }: DrainOptions): Drained {
  const failures = runs.filter(({ kind }) => kind === "failure");
  const [first] = failures;
  if (first === undefined || first.kind !== "failure" || wish === "keep") return { runs, failures };
  const lines = failures.flatMap((run) =>
    run.kind === "failure" ? [`  ${run.task} (run ${run.attempt}, ${run.reason}): ${run.message}`] : [],
  );
  throw new DrainError(
    "drain_failures",
    `${failures.length} of ${runs.length} runs failed for good; pass { failures: "keep" } when that is expected:\n${lines.join("\n")}`,
    { cause: first.error },
  );
}

export function limitError(limit: number, started: ReadonlyMap<string, number>): DrainError {
  const counts = [...started]
    .sort(([, one], [, other]) => other - one)
    .map(([task, count]) => `  ${task}: ${count} runs`);
  return new DrainError(
    "drain_limit",
    `more than ${limit} runs, and there is still work: do tasks delay each other for ever? Started:\n${counts.join("\n")}\nA drain that really needs more takes { limit }`,
  );
}
