import { poolName, poolsOf } from "../../operations/status/pools.js";
import { type Front, type Missing, orThrow } from "../front.js";
import { isOfPool, unknownPool } from "../pools/pool.js";
import type { LogPort } from "./log-port.js";

/** One broker of each pool, and those whose pool is not known. */
export interface Speakers {
  readonly front: Front;
  readonly partial: readonly Missing[];
  /** Pools of which no broker answers: their logs are in `front` in place of a broker. */
  readonly logs: readonly LogPort[];
  /** The pool of each broker and log in `front`, as people name it; empty when there is only one broker. */
  readonly pools: ReadonlyMap<string, string>;
}

/**
 * The brokers that speak for their pools, for verbs about a pool's topics: several brokers of one pool would answer the same.
 * The first one of a pool that answers. While a broker is silent, pools that nobody speaks for are read from their logs, as
 * far as the front knows them. `pool`: only this one. Rejects as Front.ask, and with OperationError `unknown_pool`.
 */
export async function speakersOf(front: Front, pool?: string): Promise<Speakers> {
  if (front.brokers.length === 1 && !front.hasLogs && pool === undefined)
    return { front, partial: [], logs: [], pools: new Map() };
  const asked = await front.look();
  const { answers, partial } = asked;
  const speakers = poolsOf(answers.map(({ broker, document }) => ({ broker, status: document }))).map(
    ({ name, brokers: [speaker = ""] }) => [speaker, name] as const,
  );
  const isSilent = partial.some(({ error }) => error.code === "broker_unreachable");
  const known = isSilent ? await front.logs() : [];
  const logs = known.filter(
    ({ letters: { environment, pool: name } }) =>
      !answers.some(({ document }) => document.environment === environment && document.pool === name),
  );
  if (logs.length === 0) orThrow(asked);
  const all = new Map<string, string>([
    ...speakers,
    ...logs.map(({ address, letters }) => [address, poolName(letters.environment, letters.pool)] as const),
  ]);
  const pools = pool === undefined ? all : new Map([...all].filter(([, name]) => isOfPool(pool, name)));
  if (pools.size === 0) throw unknownPool(pool ?? "", [...all.values()], partial);
  const own = logs.filter(({ address }) => pools.has(address));
  return { front: front.with([...pools.keys()], own), partial, logs: own, pools };
}

/** The pool that a broker or log speaks for, where there are several. */
export function poolIn(pools: Speakers["pools"], broker: string): { readonly pool?: string } {
  const pool = pools.size > 1 ? pools.get(broker) : undefined;
  return pool === undefined ? {} : { pool };
}
