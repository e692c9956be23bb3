import type { State } from "../../activation/states.js";
import type { ChangeOutcome } from "../../operations/documents/changes.js";

/** What changes activations in flight. */
export type ChangeVerb = "Cancel" | "Promote" | "Purge";

/** The outcome of a change for an activation in this state. */
export function expectedOutcome(verb: ChangeVerb, state: State): ChangeOutcome {
  switch (state) {
    case "retry":
    case "failure":
      return "too_late";
    case "processing":
      return verb === "Cancel" ? "asked" : "running";
    case "delayed":
      return "done";
    case "pending":
    case "parked":
      return verb === "Promote" ? "already" : "done";
  }
}

/** Whether the change leaves the activation alone. */
export function isLeftOut(outcome: ChangeOutcome): boolean {
  return outcome !== "done" && outcome !== "asked";
}
