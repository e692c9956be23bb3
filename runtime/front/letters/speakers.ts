import { type Front, type Missing, orThrow } from "../front.js";
import type { LogPort } from "./log-port.js";

/** One broker of each pool, and those whose pool is not known. */
export interface Speakers {
  readonly front: Front;
  readonly partial: readonly Missing[];
  /** Pools of which no broker answers: their logs are in `front` in place of a broker. */
  readonly logs: readonly LogPort[];
}

/**
 * The brokers that speak for their pools, for verbs about a pool's topics: several brokers of one pool would answer the same.
 * The first one of a pool that answers. While a broker is silent, pools that nobody speaks for are read from their logs, as
 * far as the front knows them. Rejects as Front.ask.
 */
export async function speakersOf(front: Front): Promise<Speakers> {
  if (front.brokers.length === 1 && !front.hasLogs) return { front, partial: [], logs: [] };
  const asked = await front.look();
  const { answers, partial } = asked;
  const speakers = new Map<string, string>();
  for (const { broker, document } of answers) {
    const { environment, pool } = document;
    const key = keyOf(environment, pool);
    if (!speakers.has(key)) speakers.set(key, broker);
  }
  const isSilent = partial.some(({ error }) => error.code === "broker_unreachable");
  const known = isSilent ? await front.logs() : [];
  const logs = known.filter(({ letters }) => !speakers.has(keyOf(letters.environment, letters.pool)));
  if (logs.length === 0) orThrow(asked);
  return { front: front.with([...speakers.values()], logs), partial, logs };
}

function keyOf(environment: string, pool: string): string {
  return JSON.stringify([environment, pool]);
}
