import type { Correction } from "../../../base/clock.js";
import type { Reason } from "../../../operations/status/causes.js";
import type { RuntimeConfigState, Status, TaskStatus } from "../../../operations/status/document.js";
import type { Snapshot } from "../../inflight/counts/snapshot.js";
import type { HealthFacts } from "../readiness.js";
import type { ModelHashes } from "./model-hashes.js";
import { older, ratesOf, tasksOf, totalOf } from "./tasks.js";
import { type PartitionEnd, partitionsOf, topicsOf } from "./topics.js";
import { unclaimedTasks } from "./unclaimed.js";
import { fetchingOf, type OfferedTasks, refusedOf, sessionsOf, type WorkerSources } from "./workers.js";

/** What the status is made of. */
interface StatusSources {
  readonly names: Pick<Status, "pool" | "environment" | "data" | "ownLog" | "broker">;
  readonly process: Status["process"];
  readonly snapshot: Snapshot;
  readonly end: PartitionEnd;
  readonly facts: HealthFacts;
  readonly notReady: readonly Reason[];
  readonly runtimeConfig: RuntimeConfigState | undefined;
  readonly controls: Status["controls"];
  readonly quarantine: readonly string[];
  readonly audit: { readonly file: string; readonly problem: string | undefined };
  readonly letters: Status["letters"];
  /** Wall time, milliseconds; ages of activations are relative to it. */
  readonly wall: number;
  readonly clockSkew: number;
  readonly clockCorrected: Correction | undefined;
  readonly model: ModelHashes | undefined;
  readonly offered: OfferedTasks;
  readonly workers: WorkerSources;
}

/** Most tasks in each list: their names come from outside. */
const MOST_TASKS = 1000;

export function statusOf(sources: StatusSources): Status {
  const { snapshot, facts, wall, model, workers } = sources;
  const { now, journal } = facts;
  const { sessions, nextDue, startGate } = snapshot;
  const tasks = tasksOf(snapshot, wall, model);
  const listed = busiest(tasks);
  const { handled, hashDiffers } = sources.offered.of(sessions);
  return {
    ...sources.names,
    process: sources.process,
    notReady: sources.notReady,
    counts: snapshot.counts,
    oldestPending: tasks.reduce<number | null>((oldest, task) => older(oldest, task.oldestPending), null),
    tasks: listed,
    tasksLeftOut: tasks.length - listed.length,
    taskNames: snapshot.taskNames,
    unclaimed: unclaimedTasks(snapshot, now, wall, model).slice(0, MOST_TASKS),
    lastMinute: ratesOf(snapshot, now).slice(0, MOST_TASKS),
    ended: { ...snapshot.ends },
    failures: Object.fromEntries(snapshot.failures),
    dropped: { ...snapshot.drops },
    lostAgain: snapshot.lostAgain.map(({ at, end, ...lost }) => ({
      ...lost,
      age: Math.max(0, Math.round(now - at)),
      ...(end === undefined ? {} : { end }),
    })),
    cancelledAhead: snapshot.cancelledAhead,
    clamped: snapshot.clamped,
    reread: snapshot.reread,
    sessions: sessionsOf(sessions, workers.vitalsOf, now),
    heldFetches: snapshot.heldFetches,
    ...fetchingOf(snapshot, workers, now),
    refused: refusedOf(workers.refused, now),
    nextDue: Number.isFinite(nextDue) ? Math.max(0, Math.round(nextDue - wall)) : null,
    startGate:
      startGate === undefined
        ? null
        : { opensIn: Math.max(0, Math.round(startGate.until - now)), workers: startGate.awaited },
    unproven: snapshot.unproven,
    handled: handled.slice(0, MOST_TASKS),
    hashDiffers,
    topics: partitionsOf(snapshot, sources.end),
    unreadable: facts.unreadable.map(({ partition, ...rest }) => ({ ...rest, partition: partition ?? null })),
    limits: topicsOf(snapshot),
    journal: {
      file: journal.file,
      bytes: snapshot.diskBytes,
      maxBytes: snapshot.limits.maxDisk,
      commitAge: journal.commitSince === undefined ? null : Math.round(now - journal.commitSince),
    },
    quarantine: sources.quarantine,
    audit: { file: sources.audit.file, error: sources.audit.problem ?? null },
    letters: sources.letters,
    finishedIds: snapshot.finishedIds,
    publishing: facts.publishing.map(({ topic, waiting, since, error }) => ({
      topic,
      waiting,
      failingFor: Math.round(now - since),
      error,
    })),
    unpublishable: { count: snapshot.unpublishable.count, named: [...snapshot.unpublishable.named] },
    runtimeConfig: sources.runtimeConfig ?? null,
    controls: sources.controls,
    clockSkew: Math.round(sources.clockSkew),
    clockCorrected: correctionOf(sources.clockCorrected),
  };
}

function busiest(tasks: readonly TaskStatus[]): readonly TaskStatus[] {
  if (tasks.length <= MOST_TASKS) return tasks;
  return [...tasks].sort((a, b) => totalOf(b) - totalOf(a)).slice(0, MOST_TASKS);
}

function correctionOf(correction: Correction | undefined): Status["clockCorrected"] {
  if (correction === undefined) return null;
  const { at, by, slept } = correction;
  return { at: new Date(at).toISOString(), by: Math.round(by), why: slept ? "slept" : "stepped" };
}
