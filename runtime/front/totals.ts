import type { Looked, Total } from "../operations/documents/activations.js";

/** What a page says of all that match. */
export interface Totals {
  readonly total: Total;
  /** Set when it ended because many entries had been looked at. */
  readonly looked: Looked | null;
}

/** The totals of several brokers as one. `whole`: no broker is missing. */
export function joinTotals(totals: readonly Totals[], whole: boolean): Totals {
  return {
    total: {
      count: totals.reduce((sum, { total }) => sum + total.count, 0),
      exact: whole && totals.every(({ total }) => total.exact),
    },
    looked: joinLooked(totals),
  };
}

export function joinLooked(parts: readonly { readonly looked: Looked | null }[]): Looked | null {
  const looked = parts.flatMap((part) => (part.looked === null ? [] : [part.looked]));
  if (looked.length === 0) return null;
  return {
    rows: looked.reduce((sum, { rows }) => sum + rows, 0),
    of: looked.reduce((sum, { of }) => sum + of, 0),
  };
}
