import { RATE_LIFE_MS } from "../constants.js";
import { checkedRate } from "../numbers.js";
import type { RateStore } from "../ports/ports.js";
import { rateKeys } from "./keys.js";

export interface TransactionRates<Implicit extends number | null = number> {
  /** Rate 0..1 by transaction name. */
  readonly explicit: ReadonlyMap<string, number>;
  /** Rate of all other names. */
  readonly implicitRate: Implicit;
}

/** For 24 hours. Throws InvalidRate, and stores nothing, when one is no number between 0 and 1. */
export async function storeTransactionRates(
  store: RateStore,
  orgId: number,
  projectId: number,
  { explicit, implicitRate }: TransactionRates,
): Promise<void> {
  for (const [name, rate] of explicit) {
    checkedRate(`the rate of ${JSON.stringify(name)} of project ${projectId}`, rate);
  }
  checkedRate(`the implicit rate of project ${projectId}`, implicitRate);
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
    if (!isFiniteNumber(implicitRate)) return null;
    const explicit = new Map<string, number>();
    for (const [name, rate] of Object.entries(names)) {
      if (!isFiniteNumber(rate)) return null;
      explicit.set(name, rate);
    }
    return { explicit, implicitRate };
  } catch {
    return null; // no JSON: unreadable like any other wrong text
  }
}

/** JSON has no NaN, but 1e999 is read as an infinity. */
function isFiniteNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
