/**
 * What a change affects. WIRE: activations in flight, and producers and workers of the other version: activations may be
 * rejected, lost, run twice or reordered. SOURCE: callers and handlers no longer compile. NOTE: nothing breaks if the
 * rollout order is kept.
 */
export type Level = "WIRE" | "SOURCE" | "NOTE";

/** Most severe first. */
export const LEVELS: readonly Level[] = ["WIRE", "SOURCE", "NOTE"];

export interface Rule {
  readonly level: Level;
  /** What the change breaks. */
  readonly breaks: string;
  /** How to roll the change out without breaking anything. */
  readonly rollout: string;
}
