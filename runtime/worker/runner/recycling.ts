import { mebibytes } from "../../base/text.js";
import type { Vitals } from "../child/messages.js";

/**
 * Default of maxTasksPerChild: it bounds a slow leak, and at 10,000 runs a second a start every 100 s costs nothing.
 */
export const MAX_TASKS = 1_000_000;
const MIB = 2 ** 20;

/** When a child is replaced though nothing is wrong with it. */
export interface RecyclingLimits {
  /** Runs; 0: no limit. */
  readonly maxTasks: number;
  /** Resident bytes; undefined: no limit. */
  readonly maxMemory: number | undefined;
}

/**
 * Why a child should be recycled, undefined while it need not be. A child that has run nothing stays: its replacement
 * would be as large.
 */
export function recycleReason(
  { maxTasks, maxMemory }: RecyclingLimits,
  tasks: number,
  vitals?: Vitals,
): string | undefined {
  if (maxTasks > 0 && tasks >= maxTasks) return `it has run ${tasks} of ${maxTasks} tasks`;
  if (maxMemory === undefined || vitals === undefined || tasks === 0 || vitals.rss < maxMemory) return undefined;
  return `its resident memory is ${mebibytes(vitals.rss)} MiB of ${mebibytes(maxMemory)} MiB`;
}

/**
 * Node's arguments for a child: a heap that outgrows the memory limit between two checks ends the child, not the
 * machine.
 */
export function heapArguments({ maxMemory }: RecyclingLimits): string[] {
  return maxMemory === undefined ? [] : [`--max-old-space-size=${Math.ceil(maxMemory / MIB)}`];
}

/** What is wrong with the memory limit if a child exceeds it before its first run. */
export function memoryLimitProblem({ maxMemory }: RecyclingLimits, { rss }: Vitals): string | undefined {
  if (maxMemory === undefined || rss < maxMemory) return undefined;
  return `a child with the module loaded uses ${mebibytes(rss)} MiB of memory before its first run, expected less than the ${mebibytes(maxMemory)} MiB of maxChildMemory (--max-child-memory); raise the limit`;
}
