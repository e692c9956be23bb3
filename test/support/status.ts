import type { Status } from "#runtime/broker/index.js";

/** The status of a broker that has nothing to do, with these changes. */
export function statusWith(changes: Partial<Status> = {}): Status {
  return {
    pool: "default",
    environment: "local",
    data: "/srv/application/.taskwire",
    broker: { id: "b1", version: "0.1.0", startedAt: "2026-01-01T00:00:00.000Z", api: 1 },
    notReady: [],
    counts: { pending: 0, delayed: 0, processing: 0, retry: 0, failure: 0, parked: 0 },
    oldestPending: null,
    tasks: [],
    tasksLeftOut: 0,
    taskNames: 0,
    unclaimed: [],
    lastMinute: [],
    ended: { completed: 0, retried: 0, deadlettered: 0, discarded: 0, expired: 0, killswitched: 0, forwarded: 0 },
    failures: {},
    dropped: {},
    clamped: 0,
    reread: 0,
    sessions: [],
    heldFetches: 0,
    pullClients: [],
    pushTargets: [],
    refused: [],
    nextDue: null,
    startGate: null,
    unproven: [],
    hashDiffers: [],
    topics: [],
    unreadable: [],
    limits: [],
    journal: { file: "/srv/default.inflight.db", bytes: 0, maxBytes: 2 ** 33, commitAge: null },
    quarantine: [],
    audit: { file: "/srv/default.audit.log", error: null },
    finishedIds: 0,
    publishing: [],
    unpublishable: { count: 0, named: [] },
    runtimeConfig: null,
    controls: { version: "0", inForce: [], leftOut: 0, problem: null },
    clockSkew: 0,
    clockCorrected: null,
    ...changes,
  };
}

/** A connected worker with nothing to do, with these changes. */
export function sessionWith(changes: Partial<Status["sessions"][number]> = {}): Status["sessions"][number] {
  return {
    worker: "w",
    application: "app",
    tasks: 1,
    processing: 0,
    draining: false,
    drained: false,
    lost: false,
    slots: 4,
    credit: 4,
    claimsEndIn: null,
    about: { host: "app1", pid: 7, version: "0.1.0", isolation: "process" },
    vitals: null,
    ...changes,
  };
}
