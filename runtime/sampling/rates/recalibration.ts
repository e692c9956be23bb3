import { FACTOR_LIFE_MS, MAX_REBALANCE_FACTOR, MIN_REBALANCE_FACTOR } from "../constants.js";
import { checkedRate, divide, floatOf } from "../numbers.js";
import type { RateStore } from "../ports/ports.js";
import { rateKeys } from "./keys.js";

/** A counted volume, and the part of it that was kept. */
export interface KeptVolume {
  readonly total: number;
  readonly indexed: number | null;
}

/** Whether an effective rate can be computed from it: both finite and above 0 (dynamic-sampling.md 9). */
export function isValidVolume<V extends KeptVolume>(volume: V): volume is V & { readonly indexed: number } {
  const { total, indexed } = volume;
  return Number.isFinite(total) && total > 0 && indexed !== null && Number.isFinite(indexed) && indexed > 0;
}

/** The share that was really kept. Throws DivisionByZero for a total of 0. */
export function effectiveRate({ total, indexed }: { readonly total: number; readonly indexed: number }): number {
  return divide(indexed, total, "the effective rate");
}

/** `previous` * (target / effective); null when previous is not above 0, nothing was kept, or one is no finite number. */
export function computeAdjustedFactor(previous: number, effective: number, target: number): number | null {
  if (![previous, effective, target].every(Number.isFinite)) return null;
  return previous <= 0 || effective === 0 ? null : previous * (target / effective);
}

/** The factor when it lies in 0.1..10, both included; else the nearest bound when `clamp`, or null. */
export function boundedFactor(factor: number, clamp = false): number | null {
  if (factor >= MIN_REBALANCE_FACTOR && factor <= MAX_REBALANCE_FACTOR) return factor;
  if (!clamp || Number.isNaN(factor)) return null;
  return factor < MIN_REBALANCE_FACTOR ? MIN_REBALANCE_FACTOR : MAX_REBALANCE_FACTOR;
}

export type Recalibration =
  | { readonly kind: "leave" }
  | { readonly kind: "delete" }
  | { readonly kind: "store"; readonly factor: number };

/** One step of dynamic-sampling.md 9. `target` null: there is none. It multiplies the previous factor, so it compounds. */
export function recalibrate(previous: number, effective: number, target: number | null, clamp = false): Recalibration {
  const adjusted = target === null ? null : computeAdjustedFactor(previous, effective, target);
  if (adjusted === null) return { kind: "leave" };
  const factor = boundedFactor(adjusted, clamp);
  return factor === null || factor === 1 ? { kind: "delete" } : { kind: "store", factor };
}

/** The stored factor of a key; 1 when missing or unreadable. */
export async function readFactor(store: RateStore, key: string): Promise<number> {
  return floatOf(await store.get(key)) ?? 1;
}

/**
 * Takes the step from the stored factor of `key` and stores what comes out, for 10 minutes. `run` names the run of the task
 * that takes it: what a run decided for a key is written down before it is done, so that a run which is repeated after a
 * crash does the same once more, instead of correcting what it corrected already. Throws InvalidRate, and leaves the stored
 * factor, for a target that is no number between 0 and 1.
 */
export async function recalibrateStored(
  store: RateStore,
  key: string,
  effective: number,
  target: number | null,
  run: string,
): Promise<Recalibration> {
  if (target !== null) checkedRate(`the target rate for ${key}`, target);
  const decision = rateKeys.decision(key);
  const decided = decidedStep(await store.get(decision), run);
  const step = decided ?? recalibrate(await readFactor(store, key), effective, target);
  if (step.kind === "leave") return step;
  const text = step.kind === "store" ? String(step.factor) : DELETED;
  if (decided === null) await store.set(decision, `${text} ${run}`, FACTOR_LIFE_MS);
  if (step.kind === "store") await store.set(key, text, FACTOR_LIFE_MS);
  else await store.delete(key);
  return step;
}

const DELETED = "deleted";

/** The decision that this run stored earlier; null when it did not. */
function decidedStep(text: string | null, run: string): Recalibration | null {
  const [decided = "", ...by] = text?.split(" ") ?? [];
  if (by.join(" ") !== run) return null;
  if (decided === DELETED) return { kind: "delete" };
  const factor = floatOf(decided);
  return factor === null ? null : { kind: "store", factor };
}
