import type { LetterDocument } from "../../../../runtime/operations/documents/letter.js";

/** What a person can do with a dead letter. */
export type LetterAct = "replay" | "edit" | "purge";

type Deciding = Pick<LetterDocument, "state" | "content">;

/**
 * Why a letter does not take the act, as a sentence for the button; null: it does. `editable`: whether its parameters can be
 * written as JSON.
 */
export function hindrance(act: LetterAct, { state, content }: Deciding, editable = true): string | null {
  if (state !== "open") return `It was ${state}, and there is no reopening`;
  if (act === "purge") return null;
  if (content === "undecodable") return "Its bytes are no activation; it can be exported and purged";
  if (content === "oversized") return "It was too large to be stored; only its size and hash are known";
  if (act === "edit" && !editable) {
    return "No model of this console has its task, or a value is covered; it can be replayed as it is";
  }
  return null;
}

/** Why a letter that was read from the log takes no act. */
export const FROM_LOG = "No broker of its pool answers: it is read from the log, and can be changed when one is back";

/** Why none of the letters takes the act; null: at least one does. */
export function commonHindrance(act: LetterAct, letters: readonly Deciding[]): string | null {
  const whys = letters.map((letter) => hindrance(act, letter));
  return whys.includes(null) ? null : (whys[0] ?? "Nothing is selected");
}

/** Reasons that say that the handler never started, so that at-most-once work can be replayed without a doubt. */
const NEVER_STARTED: ReadonlySet<string> = new Set(["unknown_task", "unknown_namespace", "bad_parameters", "expired"]);

/** Whether a replay leaves the letter out unless the person accepts that it may have started. */
export function mayHaveStarted({ atMostOnce, reason }: Pick<LetterDocument, "atMostOnce" | "reason">): boolean {
  return atMostOnce && !NEVER_STARTED.has(reason);
}
