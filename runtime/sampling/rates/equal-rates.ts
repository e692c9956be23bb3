const TOLERANCE = 1e-9;

/** Whether two rates are the same but for rounding; null is equal to null only (dynamic-sampling.md 11). */
export function equalRates(a: number | null, b: number | null): boolean {
  if (a === null || b === null) return a === b;
  return Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
}
