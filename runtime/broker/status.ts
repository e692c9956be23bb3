import type { Inflight } from "./inflight/inflight.js";
import type { Counts } from "./inflight/tally.js";

/** The document of `taskwire status --json` and /api/status. Ages are milliseconds. */
export interface Status {
  readonly pool: string;
  readonly environment: string;
  readonly data: string;
  readonly counts: Counts;
  readonly tasks: readonly (Counts & {
    readonly application: string;
    readonly namespace: string;
    readonly task: string;
  })[];
  /** Pending work that no session names. */
  readonly unclaimed: readonly Unclaimed[];
  readonly ended: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Record<string, number>>;
  /** Activations taken in with numbers beyond their bounds, which were clamped. */
  readonly clamped: number;
  readonly sessions: readonly {
    readonly worker: string;
    readonly application: string;
    readonly tasks: number;
    readonly processing: number;
    readonly lost: boolean;
  }[];
  readonly topics: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly position: number;
    readonly lag: number;
    readonly paused: boolean;
  }[];
}

export interface Unclaimed {
  readonly application: string;
  readonly namespace: string;
  readonly task: string;
  readonly pending: number;
  readonly oldest: number;
}

/** Pending work whose task no session names, the oldest first. */
export function unclaimed(inflight: Inflight, now: number): Unclaimed[] {
  const { core, claims } = inflight.view;
  const found = new Map<string, Unclaimed>();
  for (const row of core.lanes.strangers((application, task) => claims.names(application, task))) {
    const { application, namespace, task, receivedAt } = row.facts;
    const key = `${application}\0${namespace}\0${task}`;
    const oldest = Math.max(found.get(key)?.oldest ?? 0, Math.round(now - receivedAt));
    found.set(key, { application, namespace, task, pending: row.tally.pending, oldest });
  }
  return [...found.values()].sort((a, b) => b.oldest - a.oldest);
}

export function statusOf(
  inflight: Inflight,
  now: number,
  names: { readonly pool: string; readonly environment: string; readonly data: string },
  end: (topic: string, partition: number) => number | undefined,
): Status {
  const { core, claims, partitions } = inflight.view;
  return {
    ...names,
    counts: core.tallies.total(),
    tasks: [...core.tallies.all()].map(
      ({ application, namespace, task, pending, delayed, processing, retry, failure, parked }) => ({
        application,
        namespace,
        task,
        pending,
        delayed,
        processing,
        retry,
        failure,
        parked,
      }),
    ),
    unclaimed: unclaimed(inflight, now),
    ended: { ...core.ends },
    dropped: { ...core.drops },
    clamped: core.clamped,
    sessions: [...claims.sessions].map((claimant) => ({
      worker: claimant.worker,
      application: claimant.application,
      tasks: claimant.tasks.size,
      processing: [...claims.held(claimant.session)].length,
      lost: claimant.lostAt !== undefined,
    })),
    topics: [...partitions].map(({ topic, partition, position }) => ({
      topic,
      partition,
      position,
      lag: Math.max(0, (end(topic, partition) ?? position) - position),
      paused: core.topic(topic).paused.size > 0,
    })),
  };
}
