import type { Status } from "./document.js";

/**
 * Brokers with the same key serve the same pool: they have its records in common. On a log of its own a broker serves a pool
 * alone, whatever others are called.
 */
export function poolKey({ environment, pool, ownLog, broker }: Status): string {
  return JSON.stringify(ownLog ? [environment, pool, broker.id] : [environment, pool]);
}
