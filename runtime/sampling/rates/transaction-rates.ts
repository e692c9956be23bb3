import { RATE_LIFE_MS } from "../constants.js";
import type { RateStore } from "../ports/rate-store.js";
import { rateKeys } from "./keys.js";

export interface TransactionRates<Implicit extends number | null = number> {
  /** Rate 0..1 by transaction name. */
  readonly explicit: ReadonlyMap<string, number>;
  /** Rate of all other names. */
  readonly implicitRate: Implicit;
}

/** For 24 hours. */
export async function storeTransactionRates(
  store: RateStore,
  orgId: number,
  projectId: number,
  { explicit, implicitRate }: TransactionRates,
): Promise<void> {
  const text = JSON.stringify([Object.fromEntries(explicit), implicitRate]);
  await store.set(rateKeys.transactionRates(orgId, projectId), text, RATE_LIFE_MS);
}

/** Missing or unreadable ones are no names and `fallback` (dynamic-sampling.md 14). */
export async function readTransactionRates<Fallback extends number | null>(
  store: RateStore,
  orgId: number,
  projectId: number,
  fallback: Fallback,
): Promise<TransactionRates<number | Fallback>> {
  const text = await store.get(rateKeys.transactionRates(orgId, projectId));
  return (text === null ? null : parsed(text)) ?? { explicit: new Map(), implicitRate: fallback };
}

function parsed(text: string): TransactionRates | null {
  try {
    const value: unknown = JSON.parse(text);
    if (!Array.isArray(value) || value.length !== 2) return null;
    const [names, implicitRate]: unknown[] = value;
    if (typeof names !== "object" || names === null || Array.isArray(names)) return null;
    if (typeof implicitRate !== "number") return null;
    const explicit = new Map<string, number>();
    for (const [name, rate] of Object.entries(names)) {
      if (typeof rate !== "number") return null;
      explicit.set(name, rate);
    }
    return { explicit, implicitRate };
  } catch {
    return null; // no JSON: unreadable like any other wrong text
  }
}
