import type { Front, Missing } from "../front.js";

/** One broker of each pool, and those whose pool is not known. */
export interface Speakers {
  readonly front: Front;
  readonly partial: readonly Missing[];
}

/**
 * The brokers that speak for their pools, for verbs about a pool's topics: several brokers of one pool would answer the same.
 * The first one of a pool that answers. Rejects as Front.ask.
 */
export async function speakersOf(front: Front): Promise<Speakers> {
  if (front.brokers.length === 1) return { front, partial: [] };
  const { answers, partial } = await front.statuses();
  const speakers = new Map<string, string>();
  for (const { broker, document } of answers) {
    const { environment, pool } = document;
    const key = JSON.stringify([environment, pool]);
    if (!speakers.has(key)) speakers.set(key, broker);
  }
  return { front: front.only([...speakers.values()]), partial };
}
