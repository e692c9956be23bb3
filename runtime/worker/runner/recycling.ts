import { mebibytes } from "../../base/text.js";
import type { Vitals } from "../child/messages.js";

/** Default of maxTasksPerChild: a slow leak is bounded, and at 10,000 runs a second a start every 100 s costs nothing. */
export const MAX_TASKS = 1_000_000;
const MIB = 2 ** 20;

/** When a child is replaced though nothing is wrong with it. */
export interface RecyclingLimits {
  /** Runs; 0: never for their number. */
  readonly maxTasks: number;
  /** Resident bytes; undefined: never for its memory. */
  readonly maxMemory: number | undefined;
}

/**
 * Why a child should be replaced by a new one, undefined while it need not. One that has run nothing stays: a new one
 * would be as large.
 */
export function recycleReason(
  { maxTasks, maxMemory }: RecyclingLimits,
  tasks: number,
  vitals?: Vitals,
): string | undefined {
  if (maxTasks > 0 && tasks >= maxTasks) return `it has run ${tasks} of ${maxTasks} tasks`;
  if (maxMemory === undefined || vitals === undefined || tasks === 0 || vitals.rss < maxMemory) return undefined;
  return `it has ${mebibytes(vitals.rss)} MiB resident of ${mebibytes(maxMemory)} MiB`;
}

/**
 * What Node is told, so that a heap that outgrows the memory limit before it is looked at ends the child and not the
 * machine.
 */
export function heapArguments({ maxMemory }: RecyclingLimits): string[] {
  return maxMemory === undefined ? [] : [`--max-old-space-size=${Math.ceil(maxMemory / MIB)}`];
}

/** What is wrong with the memory limit, when a child is over it before its first run. */
export function memoryLimitProblem({ maxMemory }: RecyclingLimits, { rss }: Vitals): string | undefined {
  if (maxMemory === undefined || rss < maxMemory) return undefined;
  return `a child that has loaded it has ${mebibytes(rss)} MiB resident before its first run, expected less than the ${mebibytes(maxMemory)} MiB of maxChildMemory (--max-child-memory); raise the limit`;
}
