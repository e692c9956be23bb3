import { MachineHarness } from "./machine-harness.js";

/** In seconds. */
export const HOUR = 3600;
/** The tallies of a machine with nothing in flight. */
export const NOTHING = { pending: 0, delayed: 0, processing: 0, retry: 0, failure: 0, parked: 0 };

/** A machine whose worker `w` has been handed these, and reports nothing by itself. */
export function running(...ids: readonly string[]): MachineHarness {
  const harness = new MachineHarness();
  harness.holdsOutcomes = true;
  harness.holdsPublications = true;
  harness.assign();
  harness.work("w", ["t"]);
  harness.arrive(...ids.map((id) => ({ id, deadLetter: true, deadline: 60 })));
  return harness;
}

/** How many were cancelled, and what is in flight. */
export function ended(harness: MachineHarness): readonly [cancelled: number, total: object] {
  return [harness.parts.counters.ends.cancelled, harness.parts.tallies.total()];
}
