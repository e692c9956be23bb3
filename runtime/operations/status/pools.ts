import type { PoolDocument } from "../documents/front.js";
import type { Status } from "./document.js";
import { poolKey } from "./pool-key.js";

/** The pool of an environment, as people name it. */
export function poolName(environment: string, pool: string): string {
  return `${environment}/${pool}`;
}

/**
 * The pools of brokers, each by the name that people choose it by: ENV/POOL, and ENV/POOL@BROKER where a broker has a log of
 * its own. Pools are in the order of their first broker.
 */
export function poolsOf(
  observed: readonly { readonly broker: string; readonly status: Status }[],
): readonly PoolDocument[] {
  const pools = new Map<string, { readonly name: string; readonly brokers: string[] }>();
  for (const { broker, status } of observed) {
    const key = poolKey(status);
    const name = poolName(status.environment, status.pool) + (status.ownLog ? `@${broker}` : "");
    const pool = pools.get(key) ?? { name, brokers: [] };
    pools.set(key, pool);
    pool.brokers.push(broker);
  }
  return [...pools.values()];
}
