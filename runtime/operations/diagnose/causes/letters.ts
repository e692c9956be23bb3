import type { Pool, Seen } from "../finding.js";
import { counted, span } from "../words.js";

/** How long before its deletion an open dead letter is reported. */
const AHEAD_MS = 48 * 3_600_000;

/** Open dead letters that the log deletes soon: the brokers of a pool read the same topics, so the first deletion counts. */
export function ofLetters({ name, brokers }: Pool): Seen[] {
  const found = brokers.flatMap(({ status: { letters } }) => {
    const { open, deletedNext } = letters ?? { open: 0, deletedNext: null };
    return deletedNext === null || deletedNext.in >= AHEAD_MS ? [] : [{ open, ...deletedNext }];
  });
  const [first] = found.sort((one, other) => one.in - other.in);
  if (first === undefined) return [];
  const { open, place, task } = first;
  return [
    {
      code: "letters_deleted_soon",
      level: "warning",
      subject: { kind: "pool", name },
      text: `the log deletes open dead letters ${first.in <= 0 ? "now" : `in ${span(first.in)}`}, first ${place} of ${task}`,
      evidence: [`${counted(open, "dead letter")} of pool ${name} ${open === 1 ? "is" : "are"} open`],
      hint: "`taskwire dead-letters replay` runs them again, `taskwire dead-letters export` keeps a copy; `dead_letter_retention` of the topic keeps later ones longer",
    },
  ];
}
