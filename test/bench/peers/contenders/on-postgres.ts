import { postgresVersion, SETTINGS, startPostgres } from "../servers/postgres.js";
import type { Contender, Phase } from "./contender.js";
import { openPeer, PEER_PROCESSES } from "./peer.js";

const DURABILITY = "on disk (fsync, synchronous_commit)";
const PHASES: readonly Phase[] = [
  { mode: "one", drains: { as: ["one"] }, latency: ["together", "apart"] },
  { mode: "processes", drains: { as: ["processes"] } },
];

/** Throws MissingServerError. */
export function graphileWorker(version: string): Contender {
  return {
    name: "graphile-worker",
    version: `${version}, PostgreSQL ${postgresVersion()}`,
    durability: DURABILITY,
    setting: `addJobs of 5,000; concurrentJobs 24, localQueue 500, completeJobBatchDelay 0; ${PEER_PROCESSES} processes are ${PEER_PROCESSES} workers; ${SETTINGS.join(", ")}`,
    phases: PHASES,
    open: () => openPeer("graphile-worker", "postgres", startPostgres),
  };
}

/** Throws MissingServerError. */
export function pgBoss(version: string): Contender {
  return {
    name: "pg-boss",
    version: `${version}, PostgreSQL ${postgresVersion()}`,
    durability: DURABILITY,
    setting: `insert of 5,000; 2 workers of batchSize 5,000 a process, which look every 0.5 s, the shortest interval; ${PEER_PROCESSES} processes; ${SETTINGS.join(", ")}`,
    phases: PHASES,
    open: () => openPeer("pg-boss", "postgres", startPostgres),
  };
}
