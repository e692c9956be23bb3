import type { Logger } from "../../base/logger.js";
import type { RunResult } from "../child/result.js";
import type { Claim } from "../claim.js";
import type { TaskFactsCache } from "./task-facts-cache.js";

export interface RunObserver {
  started(claim: Claim, now: number): void;
  ended(claim: Claim, result: RunResult, now: number): void;
}

export interface Finished {
  complete: number;
  retry: number;
  failure: number;
  cancelled: number;
}

export interface RunResultsOptions {
  readonly log: Logger;
  readonly facts: TaskFactsCache;
  /** Counts runs for metrics. */
  readonly observer?: RunObserver;
  /** The level at which each completed run is logged. Default: not at all. */
  readonly completions?: "debug" | "info";
}

/** Counts how runs ended and logs those that failed, with the names of the activation and the owner of its task. */
export class RunResults {
  readonly finished: Finished = { complete: 0, retry: 0, failure: 0, cancelled: 0 };
  readonly #options: RunResultsOptions;

  constructor(options: RunResultsOptions) {
    this.#options = options;
  }

  add(claim: Claim, result: RunResult, now: number): void {
    this.finished[result.kind] += 1;
    this.#options.observer?.ended(claim, result, now);
    this.#log(claim, result, now);
  }

  #log(claim: Claim, result: RunResult, now: number): void {
    const { log, facts, completions } = this.#options;
    if (result.kind === "complete") {
      if (completions === undefined) return;
      const took = claim.startedAt === undefined ? "" : ` in ${Math.round(now - claim.startedAt)} ms`;
      log[completions](`completed${took}`, facts.namesOf(claim));
      return;
    }
    if (result.kind === "cancelled") {
      log.info("cancelled", { ...facts.namesOf(claim), how: result.error });
      return;
    }
    const { reason, error, stack } = result;
    const names = facts.namesOf(claim);
    const delay = result.kind === "retry" ? result.delay : undefined;
    const level = result.silenced === true ? "debug" : "warn";
    const fields = { ...names, reason, error, delay, owner: facts.ownerOf(claim) };
    log[level](messageOf(result, names.attempt), { ...fields, ...(stack === undefined ? {} : { stack }) });
  }
}

function messageOf(result: Extract<RunResult, { kind: "retry" | "failure" }>, attempt: number): string {
  const { maxAttempts } = result;
  if (result.kind === "retry") {
    const of = maxAttempts === undefined ? "" : ` of ${maxAttempts}`;
    const next = result.delay === undefined || result.delay === 0 ? "immediately" : `in ${result.delay} s`;
    return `attempt ${attempt}${of} failed, next ${next}`;
  }
  if (maxAttempts === undefined) return `attempt ${attempt} failed, not retried`;
  return `failed after ${attempt} of ${maxAttempts} attempts`;
}
