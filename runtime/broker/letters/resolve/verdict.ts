import type { Reason } from "../../../activation/reasons.js";
import type { LetterState } from "../../../operations/documents/letter.js";
import type { Letter } from "../records/letter.js";

/** Why a letter is not replayed. */
type LeftOut = "undecodable" | "oversized" | "may_have_started" | "no_route";

/** With these reasons no handler was started. */
const NEVER_STARTED: ReadonlySet<string> = new Set<Reason>([
  "unknown_task",
  "unknown_namespace",
  "bad_parameters",
  "expired",
]);

/** Whether a letter can be replayed, by its facts alone; undefined: it can. */
export function leftOut(
  { content, atMostOnce, reason }: Letter,
  mayHaveStarted: boolean,
): Exclude<LeftOut, "no_route"> | undefined {
  if (content !== "activation") return content;
  return atMostOnce && !mayHaveStarted && !NEVER_STARTED.has(reason) ? "may_have_started" : undefined;
}

/** What happened to a letter, or would have. */
export type Outcome =
  | { readonly kind: "replayed"; readonly id: string; readonly topic: string }
  /** `why`: its bytes are still in the log for the moment. */
  | { readonly kind: "purged"; readonly why?: string }
  | { readonly kind: "already"; readonly state: Exclude<LetterState, "open"> }
  | { readonly kind: "left_out"; readonly why: LeftOut }
  /** The topic has no letter there, or no more. */
  | { readonly kind: "unknown" }
  | { readonly kind: "failed"; readonly why: string };
