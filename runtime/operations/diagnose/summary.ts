import type { Counts } from "../../activation/states.js";
import type { SessionStatus } from "../status/document.js";
import type { Observed } from "./finding.js";
import { counted, number, span } from "./words.js";

const STATES = ["pending", "processing", "retry", "failure", "delayed", "parked"] as const;

/** What there is, in one line: the answer when nothing is wrong. `task`: a wire name. */
export function summaryOf(brokers: readonly Observed[], task?: string): string {
  if (brokers.length === 0) return "no broker answers";
  return task === undefined ? ofAll(brokers) : ofTask(brokers, task);
}

function ofAll(brokers: readonly Observed[]): string {
  const statuses = brokers.map(({ status }) => status);
  const workers = new Map<string, Pick<SessionStatus, "slots" | "processing">>();
  for (const { sessions } of statuses)
    for (const { lost, worker, slots, processing } of sessions)
      if (!lost) workers.set(worker, { slots, processing: processing + (workers.get(worker)?.processing ?? 0) });
  // Credit counts activations that a worker takes beyond its slots, too.
  const free = [...workers.values()].reduce(
    (sum, { slots, processing }) => sum + Math.max(0, (slots ?? 0) - processing),
    0,
  );
  return [
    counted(workers.size, "worker"),
    counted(free, "free slot"),
    ...inFlight(statuses.map(({ counts }) => counts)),
    ...waits(statuses.map(({ oldestPending }) => oldestPending)),
    ...nextDue(statuses.map(({ nextDue }) => nextDue)),
  ].join(", ");
}

function ofTask(brokers: readonly Observed[], task: string): string {
  const found = brokers.flatMap(({ status }) => status.tasks.filter((each) => each.task === task));
  const rates = brokers.flatMap(({ status }) => status.lastMinute.filter((each) => each.task === task));
  const done = rates.reduce((sum, each) => sum + each.done, 0);
  const failed = rates.reduce((sum, each) => sum + each.failed, 0);
  const lastMinute =
    done + failed === 0
      ? "none ended in the last minute"
      : `in the last minute ${number(done)} completed and ${number(failed)} failed`;
  return [...inFlight(found), ...waits(found.map(({ oldestPending }) => oldestPending)), lastMinute].join(", ");
}

function inFlight(all: readonly Counts[]): string[] {
  const parts = STATES.flatMap((state) => {
    const count = all.reduce((sum, counts) => sum + counts[state], 0);
    return count === 0 ? [] : [`${number(count)} ${state}`];
  });
  return parts.length === 0 ? ["nothing is in flight"] : parts;
}

function waits(ages: readonly (number | null)[]): string[] {
  const oldest = Math.max(-1, ...ages.map((age) => age ?? -1));
  return oldest < 0 ? [] : [`the oldest pending for ${span(oldest)}`];
}

function nextDue(times: readonly (number | null)[]): string[] {
  const next = Math.min(...times.map((each) => each ?? Number.POSITIVE_INFINITY));
  return Number.isFinite(next) ? [`the next delayed one is due in ${span(next)}`] : [];
}
