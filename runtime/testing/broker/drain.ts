import { DrainError } from "../errors.js";
import type { RunOutcome } from "../outcome.js";

/** One run of a handler, and how it ended. */
export type Run = RunOutcome & {
  /** The id of the activation; each retry has its own. */
  readonly id: string;
  /** `<namespace>.<task>` as in the YAML. */
  readonly task: string;
  /** 1 for the first run. */
  readonly attempt: number;
};

export interface DrainOptions {
  /** Maximum number of runs, against tasks that call each other endlessly. Default 1,000. */
  readonly limit?: number;
  /** What to do with a run that fails for good: `throw` a DrainError (default), or `keep` it among the runs. */
  readonly failures?: "throw" | "keep";
}

/** The runs of a drain, in the order they ended. */
export interface Drained {
  readonly runs: readonly Run[];
  /** The runs that failed for good. */
  readonly failures: readonly Run[];
}

export const DEFAULT_LIMIT = 1000;

/** Throws DrainError `drain_failures` for failures, unless they are kept. */
export function drained(runs: readonly Run[], { failures: wish = "throw" }: DrainOptions): Drained {
  const failures = runs.filter(({ kind }) => kind === "failure");
  const [first] = failures;
  if (first === undefined || first.kind !== "failure" || wish === "keep") return { runs, failures };
  const lines = failures.flatMap((run) =>
    run.kind === "failure" ? [`  ${run.task} (run ${run.attempt}, ${run.reason}): ${run.message}`] : [],
  );
  throw new DrainError(
    "drain_failures",
    `${failures.length} of ${runs.length} runs failed for good; pass { failures: "keep" } if this is expected:\n${lines.join("\n")}`,
    { cause: first.error },
  );
}

export function limitError(limit: number, started: ReadonlyMap<string, number>): DrainError {
  const counts = [...started]
    .sort(([, one], [, other]) => other - one)
    .map(([task, count]) => `  ${task}: ${count} runs`);
  return new DrainError(
    "drain_limit",
    `more than ${limit} runs, and work is left: do tasks call each other endlessly? Started:\n${counts.join("\n")}\nPass { limit } if the drain needs more runs`,
  );
}
