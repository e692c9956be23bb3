import type { ActivationRow } from "../../../../runtime/operations/documents/activations.js";

/** What a person can do with an activation in flight. */
export type ActivationAct = "cancel" | "retry" | "purge";

type Deciding = Pick<ActivationRow, "state" | "reason">;

/** Why an activation in this state does not take the act, as a sentence for the button; null: it does. */
export function hindrance(act: ActivationAct, { state, reason }: Deciding): string | null {
  if (state === "retry") return "Its run has ended, and the next one is being published";
  if (state === "failure") return "It has failed, and its dead letter is being published";
  if (state === "processing") {
    if (act === "retry") return "A worker runs it";
    if (act === "purge") return "A worker runs it; purge leaves running ones, cancel ends them";
    return reason === "cancelled" ? "Its worker was already asked to end it" : null;
  }
  if (act !== "retry" || state === "delayed") return null;
  return state === "parked" ? "It is due, and parked until a worker takes it" : "It is due already";
}

/** Why none of the rows takes the act; null: at least one does. */
export function commonHindrance(act: ActivationAct, rows: readonly Deciding[]): string | null {
  const whys = new Set(rows.map((row) => hindrance(act, row)));
  if (whys.has(null)) return null;
  const [why] = whys;
  return whys.size > 1 ? NONE[act] : (why ?? "Nothing is selected");
}

const NONE: Readonly<Record<ActivationAct, string>> = {
  cancel: "All of them have ended, or were asked to end",
  retry: "None of them is delayed",
  purge: "None of them waits",
};
