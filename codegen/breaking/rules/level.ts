/**
 * What a change reaches. WIRE: activations in flight, and producers and workers of the other version, which are
 * refused, lost, run twice or handed out in another order. SOURCE: callers and handlers that no longer compile. NOTE:
 * nothing breaks when the order of the roll-out is kept.
 */
export type Level = "WIRE" | "SOURCE" | "NOTE";

/** From the gravest. */
export const LEVELS: readonly Level[] = ["WIRE", "SOURCE", "NOTE"];

export interface Rule {
  readonly level: Level;
  /** What it does to whom. */
  readonly breaks: string;
  /** How to get there without breaking anything. */
  readonly rollout: string;
}
