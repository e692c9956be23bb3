import type { Reason as EndReason } from "../../activation/reasons.js";
import type { Clock, Correction } from "../../base/clock.js";
import type { Unreadable } from "../../log/port.js";
import type { Snapshot, Unpublishable } from "../inflight/counts/snapshot.js";
import type { Counts, Tally } from "../inflight/counts/tally.js";
import type { End, PauseReason } from "../inflight/events.js";
import type { RuntimeConfigState } from "../runtime-config/file.js";
import type { HealthFacts, Reason } from "./health.js";
import { pausesOf } from "./pauses.js";

/** The document of `taskwire status --json` and /api/status. Ages are milliseconds; null: there is none. */
export interface Status {
  readonly pool: string;
  readonly environment: string;
  readonly data: string;
  /** Why the broker is not ready, as in /readyz; empty when it is. */
  readonly notReady: readonly Reason[];
  readonly counts: Counts;
  readonly oldestPending: number | null;
  /** Tasks in flight; of very many those with most activations. */
  readonly tasks: readonly TaskStatus[];
  readonly tasksLeftOut: number;
  /** Tasks that the broker has in memory by their names: those in flight, and a bounded number that were. */
  readonly taskNames: number;
  /** Pending and parked work that no worker takes, the oldest first, at most 1,000 tasks. */
  readonly unclaimed: readonly Unclaimed[];
  /** What ended in the last minute, the busiest tasks first, at most 1,000. */
  readonly lastMinute: readonly TaskRate[];
  /** Since the start of the broker. */
  readonly ended: Readonly<Record<End, number>>;
  readonly failures: Readonly<Partial<Record<EndReason, number>>>;
  readonly dropped: Readonly<Record<string, number>>;
  /** Activations taken in with numbers beyond their bounds, which were clamped. */
  readonly clamped: number;
  /** Records read again because the in-flight file lost rows: they may run twice. */
  readonly reread: number;
  readonly sessions: readonly SessionStatus[];
  readonly heldFetches: number;
  /** Tasks whose wire facts are not the same everywhere: workers, and the broker's model, were built from different schemas. */
  readonly hashDiffers: readonly HashDifference[];
  /** Partitions that this broker reads; those of its pool's topics that are not here, another one has. */
  readonly topics: readonly PartitionStatus[];
  /** Partitions that cannot be read at the moment, and why; all others are read. */
  readonly unreadable: readonly UnreadableStatus[];
  readonly limits: readonly TopicStatus[];
  readonly journal: {
    readonly file: string;
    /** Bytes in use. */
    readonly bytes: number;
    readonly maxBytes: number;
    /** Of the oldest commit under way. */
    readonly commitAge: number | null;
  };
  /** Damaged in-flight files that were put aside. */
  readonly quarantine: readonly string[];
  readonly finishedIds: number;
  /** Topics whose log does not take retries, dead letters or forwarded records. */
  readonly publishing: readonly {
    readonly topic: string;
    readonly waiting: number;
    readonly failingFor: number;
    readonly error: string;
  }[];
  /** Activations whose retry or dead letter the log refuses for good; the first of them by name. */
  readonly unpublishable: { readonly count: number; readonly named: readonly Unpublishable[] };
  readonly runtimeConfig: RuntimeConfigState | null;
  /** By how many milliseconds the wall is ahead of the broker's clock. */
  readonly clockSkew: number;
  /** The last time that the broker's clock was set forward to the wall, ISO 8601, and by how many milliseconds. */
  readonly clockCorrected: { readonly at: string; readonly by: number; readonly why: "slept" | "stepped" } | null;
}

export interface TaskStatus extends Counts {
  readonly application: string;
  readonly namespace: string;
  readonly task: string;
  readonly oldestPending: number | null;
  /** Who looks after it; absent: the broker's model does not say. */
  readonly owner?: string;
}

export interface TaskRate {
  readonly application: string;
  readonly namespace: string;
  readonly task: string;
  /** Activations that were completed. */
  readonly done: number;
  /** Runs that failed: retried, discarded or dead-lettered. */
  readonly failed: number;
}

export interface Unclaimed {
  readonly application: string;
  readonly namespace: string;
  readonly task: string;
  readonly pending: number;
  readonly parked: number;
  /** Age of the oldest. */
  readonly oldest: number;
  /** Who looks after it; absent: the broker's model does not say. */
  readonly owner?: string;
}

export interface SessionStatus {
  readonly worker: string;
  readonly application: string;
  readonly tasks: number;
  readonly processing: number;
  readonly draining: boolean;
  readonly lost: boolean;
}

export interface HashDifference {
  readonly application: string;
  readonly task: string;
  readonly hashes: readonly {
    readonly hash: string;
    readonly workers: readonly string[];
    /** The broker's own model has it. */
    readonly model: boolean;
  }[];
}

export interface PartitionStatus {
  readonly topic: string;
  readonly partition: number;
  readonly position: number;
  /** Records not yet read; null: not known, because the partition cannot be read. */
  readonly lag: number | null;
  readonly paused: boolean;
}

export interface UnreadableStatus {
  readonly topic: string;
  /** null: all of the topic. */
  readonly partition: number | null;
  readonly code: Unreadable["code"];
  readonly message: string;
  readonly forMs: number;
}

export interface TopicStatus {
  readonly topic: string;
  /** Pending, and ended but not yet published. */
  readonly pending: number;
  readonly maxPendingCount: number;
  readonly processing: number;
  readonly maxProcessingCount: number;
  readonly delayed: number;
  readonly maxDelayCount: number | null;
  readonly parked: number;
  /** Why its reading is held back. */
  readonly paused: readonly { readonly reason: PauseReason; readonly message: string }[];
}

/** What the broker's model says of its application's tasks: hashes of their wire facts, by wire name, and owners. */
export interface ModelHashes {
  readonly application: string;
  readonly byTask: ReadonlyMap<string, string>;
  /** Who looks after a task, where the schema says so; by wire name. Default: nobody is named. */
  readonly owners?: ReadonlyMap<string, string>;
}

/** What the status is made of. */
export interface StatusSources {
  readonly names: Pick<Status, "pool" | "environment" | "data">;
  readonly snapshot: Snapshot;
  /** The offset that the next appended record gets; null when not known, undefined for a partition that is not read here. */
  readonly end: (topic: string, partition: number) => number | null | undefined;
  readonly facts: HealthFacts;
  readonly notReady: readonly Reason[];
  readonly runtimeConfig: RuntimeConfigState | undefined;
  readonly quarantine: readonly string[];
  /** The time by the wall; ages of activations are differences to it. */
  readonly wall: number;
  readonly clockSkew: number;
  readonly clockCorrected: Correction | undefined;
  readonly model: ModelHashes | undefined;
}

/** Task names come from outside: so many are listed. */
const MOST_TASKS = 1000;

export function statusOf(sources: StatusSources): Status {
  const { snapshot, facts, end, wall, clockCorrected } = sources;
  const { now } = facts;
  const tasks = [...snapshot.tallies]
    .filter((tally) => !tally.empty)
    .map((tally) => ({ ...taskStatus(snapshot, tally, wall), ...ownerOf(tally, sources.model) }));
  const listed = tasks.length <= MOST_TASKS ? tasks : tasks.sort((a, b) => sumOf(b) - sumOf(a)).slice(0, MOST_TASKS);
  return {
    ...sources.names,
    notReady: sources.notReady,
    counts: snapshot.counts,
    oldestPending: tasks.reduce<number | null>((oldest, task) => older(oldest, task.oldestPending), null),
    tasks: listed,
    tasksLeftOut: tasks.length - listed.length,
    taskNames: snapshot.taskNames,
    unclaimed: unclaimed(snapshot, { now: () => now, wall: () => wall }, sources.model).slice(0, MOST_TASKS),
    lastMinute: rates(snapshot, now).slice(0, MOST_TASKS),
    ended: { ...snapshot.ends },
    failures: Object.fromEntries(snapshot.failures),
    dropped: { ...snapshot.drops },
    clamped: snapshot.clamped,
    reread: snapshot.reread,
    sessions: sessionsOf(snapshot),
    heldFetches: snapshot.heldFetches,
    hashDiffers: hashDifferences(snapshot, sources.model),
    topics: [...snapshot.partitions].flatMap(({ topic, partition, position }) => {
      const next = end(topic, partition);
      if (next === undefined) return [];
      const paused = snapshot.isPaused(topic);
      return [{ topic, partition, position, lag: next === null ? null : Math.max(0, next - position), paused }];
    }),
    unreadable: facts.unreadable.map(({ partition, ...rest }) => ({ ...rest, partition: partition ?? null })),
    limits: limitsOf(snapshot),
    journal: {
      file: facts.journal.file,
      bytes: snapshot.diskBytes,
      maxBytes: snapshot.limits.maxDisk,
      commitAge: facts.journal.commitSince === undefined ? null : Math.round(now - facts.journal.commitSince),
    },
    quarantine: sources.quarantine,
    finishedIds: snapshot.finishedIds,
    publishing: facts.publishing.map(({ topic, waiting, since, error }) => ({
      topic,
      waiting,
      failingFor: Math.round(now - since),
      error,
    })),
    unpublishable: { count: snapshot.unpublishable.count, named: [...snapshot.unpublishable.named] },
    runtimeConfig: sources.runtimeConfig ?? null,
    clockSkew: Math.round(sources.clockSkew),
    clockCorrected:
      clockCorrected === undefined
        ? null
        : {
            at: new Date(clockCorrected.at).toISOString(),
            by: Math.round(clockCorrected.by),
            why: clockCorrected.slept ? "slept" : "stepped",
          },
  };
}

/** Pending and parked work that no worker takes at the moment, the oldest first. */
export function unclaimed(snapshot: Snapshot, clock: Pick<Clock, "now" | "wall">, model?: ModelHashes): Unclaimed[] {
  const now = clock.now();
  const wall = clock.wall();
  const found: Unclaimed[] = [];
  for (const tally of snapshot.tallies) {
    const { application, namespace, task, pending, parked } = tally;
    if (pending + parked === 0 || snapshot.unclaimedSince(tally, now) === undefined) continue;
    const oldest = older(pendingAge(snapshot, tally, wall), parkedAge(tally, wall)) ?? 0;
    found.push({ application, namespace, task, pending, parked, oldest, ...ownerOf(tally, model) });
  }
  return found.sort((a, b) => b.oldest - a.oldest);
}

function rates(snapshot: Snapshot, now: number): TaskRate[] {
  const found: TaskRate[] = [];
  for (const { application, namespace, task, lastMinute } of snapshot.tallies) {
    const { done, failed } = lastMinute.at(now);
    if (done + failed > 0) found.push({ application, namespace, task, done, failed });
  }
  return found.sort((a, b) => b.done + b.failed - a.done - a.failed);
}

function taskStatus(snapshot: Snapshot, tally: Tally, wall: number): TaskStatus {
  const { application, namespace, task, pending, delayed, processing, retry, failure, parked } = tally;
  const counts = { pending, delayed, processing, retry, failure, parked };
  return { application, namespace, task, ...counts, oldestPending: pendingAge(snapshot, tally, wall) };
}

/** Wire names belong to an application: of another one's tasks the model says nothing. */
function ownerOf(
  { application, task }: Pick<TaskStatus, "application" | "task">,
  model: ModelHashes | undefined,
): Pick<TaskStatus, "owner"> {
  const owner = application === model?.application ? model.owners?.get(task) : undefined;
  return owner === undefined ? {} : { owner };
}

function sumOf({ pending, delayed, processing, retry, failure, parked }: Counts): number {
  return pending + delayed + processing + retry + failure + parked;
}

/** How long the first in line has waited: since it was sent, or its delay passed. */
function pendingAge(snapshot: Snapshot, tally: Tally, wall: number): number | null {
  if (tally.pending === 0) return null;
  const oldest = snapshot.oldestPending(tally);
  return oldest === undefined ? null : age(wall, Math.max(oldest.receivedAt, oldest.due));
}

function parkedAge(tally: Tally, wall: number): number | null {
  return tally.parked === 0 || tally.oldestParked === Number.POSITIVE_INFINITY ? null : age(wall, tally.oldestParked);
}

function age(now: number, since: number): number {
  return Math.max(0, Math.round(now - since));
}

function older(one: number | null, other: number | null): number | null {
  return one === null || (other !== null && other > one) ? other : one;
}

function sessionsOf({ sessions }: Snapshot): SessionStatus[] {
  return sessions.map(({ offers, ...session }) => ({
    ...session,
    tasks: new Set(offers.map(({ name }) => name)).size,
  }));
}

function hashDifferences(snapshot: Snapshot, model: ModelHashes | undefined): HashDifference[] {
  const byTask = new Map<string, { application: string; task: string; workers: Map<string, string[]> }>();
  for (const { application, worker, offers, lost } of snapshot.sessions) {
    if (lost) continue;
    for (const { name: task, hash } of offers) {
      const key = `${application}\0${task}`;
      const entry = byTask.get(key) ?? { application, task, workers: new Map<string, string[]>() };
      byTask.set(key, entry);
      const sameHash = entry.workers.get(hash);
      if (sameHash === undefined) entry.workers.set(hash, [worker]);
      else sameHash.push(worker);
    }
  }
  const differences: HashDifference[] = [];
  for (const { application, task, workers } of byTask.values()) {
    const own = application === model?.application ? model.byTask.get(task) : undefined;
    const hashes = [...new Set([...(own === undefined ? [] : [own]), ...workers.keys()])];
    if (hashes.length < 2) continue;
    differences.push({
      application,
      task,
      hashes: hashes.map((hash) => ({ hash, workers: workers.get(hash) ?? [], model: hash === own })),
    });
  }
  return differences;
}

function limitsOf(snapshot: Snapshot): TopicStatus[] {
  const { maxPendingCount, maxProcessingCount, maxDelayCount } = snapshot.limits;
  return [...snapshot.topics].map(([topic, load]) => ({
    topic,
    pending: load.pending,
    maxPendingCount,
    processing: load.processing,
    maxProcessingCount,
    delayed: load.delayed,
    maxDelayCount: Number.isFinite(maxDelayCount) ? maxDelayCount : null,
    parked: load.parked,
    paused: pausesOf(snapshot, load),
  }));
}
