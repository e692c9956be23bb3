import { redisVersion, startRedis } from "../servers/redis.js";
import type { Contender } from "./contender.js";
import { openPeer, PEER_PROCESSES } from "./peer.js";

/** Its sandboxed processor is several times slower than processes of its own, so that it gets fewer. */
const SANDBOXED = 10_000;
const SETTING = `addBulk of 5,000; concurrency 64; removeOnComplete; ${PEER_PROCESSES} processes are ${PEER_PROCESSES} workers of 64, or one with a sandboxed processor of 2`;

/** Throws MissingServerError. */
export function bullmq(version: string, fsync: boolean): Contender {
  const redis = redisVersion();
  return {
    name: fsync ? "BullMQ, fsync" : "BullMQ",
    version: `${version}, Redis ${redis}`,
    durability: fsync ? "on disk (appendfsync always)" : "in memory only (no AOF, no snapshots)",
    setting: SETTING,
    phases: [
      { mode: "one", drains: { as: ["one"] }, latency: ["together", "apart"] },
      { mode: "processes", drains: { as: ["processes"] } },
      ...(fsync ? [] : [{ mode: "sandboxed", drains: { as: ["sandboxed"], count: SANDBOXED } } as const]),
    ],
    open: () => openPeer("bullmq", "redis-server", () => startRedis(fsync)),
  };
}
