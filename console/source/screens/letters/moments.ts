import type { LetterDocument } from "../../../../runtime/operations/documents/letter.js";
import type { Moment } from "../activation/timeline.ts";

/** The life of a dead letter, as far as its records say. */
export function momentsOfLetter({
  at,
  attempts,
  maxAttempts,
  lost,
  state,
  resolved,
  deletedAfter,
}: LetterDocument): readonly Moment[] {
  const runs = maxAttempts === undefined ? `${attempts}` : `${attempts} of ${maxAttempts}`;
  const failed = `Failed for good in run ${runs}${lost > 0 ? `, ${lost} times lost with its worker` : ""}`;
  const moments: Moment[] = [
    { name: "ended", at: at === undefined ? null : Date.parse(at), text: failed, when: "past", bad: true },
  ];
  if (state === "open")
    moments.push({ name: "now", at: null, text: "Waits for somebody who replays or purges it", when: "now" });
  else {
    const by = resolved === undefined ? "" : ` by ${resolved.by}`;
    const time = resolved === undefined ? null : Date.parse(resolved.at);
    moments.push({
      name: "ended",
      at: time,
      text: `${state === "replayed" ? "Replayed" : "Purged"}${by}`,
      when: "past",
    });
  }
  if (deletedAfter !== undefined) {
    moments.push({
      name: "expires",
      at: Date.parse(deletedAfter),
      text: "Deleted by the retention of its topic",
      when: "next",
    });
  }
  return moments;
}
