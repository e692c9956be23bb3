import { poolName, poolsOf } from "../../operations/status/pools.js";
import type { Front } from "../front.js";
import type { LogPort } from "../letters/log-port.js";
import { isOfPool, unknownPool } from "./pool.js";
import { SilentPort } from "./silent-port.js";

/**
 * The brokers of one pool, by the name that poolsOf gives it. One that does not answer may be of it: what it would be asked fails
 * with its error. Rejects with OperationError `unknown_pool` when a broker answers, but none of that pool, and there is no log
 * of it.
 */
export async function inPool(front: Front, pool: string): Promise<Front> {
  const { answers, partial, refused } = await front.look();
  const pools = poolsOf(answers.map(({ broker, document }) => ({ broker, status: document })));
  const isIn = ({ letters }: LogPort) => isOfPool(pool, poolName(letters.environment, letters.pool));
  const brokers = pools.find(({ name }) => name === pool)?.brokers ?? [];
  const silent = [...partial, ...refused];
  if (brokers.length === 0 && answers.length > 0) {
    const logs = silent.length === 0 ? [] : await front.logs();
    if (!logs.some(isIn))
      throw unknownPool(
        pool,
        pools.map(({ name }) => name),
        silent,
      );
  }
  return front.narrowed(
    brokers,
    silent.map((missing) => new SilentPort(missing)),
    isIn,
  );
}
