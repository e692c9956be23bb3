import { Front } from "../../../front/front.js";
import type { Observed } from "../../../operations/diagnose/finding.js";
import { counted } from "../../../operations/diagnose/words.js";
import type { LetterList } from "../../../operations/documents/letter.js";
import { poolKey } from "../../../operations/status/pool-key.js";
import { securityFromEnvironment } from "../../security.js";
import { type Check, failed, ok } from "./check.js";

const PATIENCE_MS = 5000;
/** How long before its deletion an open dead letter is reported. */
const AHEAD_MS = 48 * 3_600_000;

/** The open dead letters of each pool, and whether the log is about to delete one. */
export async function letterChecks(observed: readonly Observed[], now = Date.now()): Promise<Check[]> {
  const speakers = new Map(observed.map(({ broker, status }) => [poolKey(status), { pool: status.pool, broker }]));
  return (await Promise.all([...speakers.values()].map(({ pool, broker }) => letterCheck(pool, broker, now)))).flat();
}

async function letterCheck(pool: string, broker: string, now: number): Promise<Check[]> {
  const check = `dead letters of pool ${pool}`;
  const front = Front.connect([broker], {
    security: securityFromEnvironment(),
    actor: "doctor",
    patience: PATIENCE_MS,
  });
  try {
    const request = { state: "open", order: "oldest", limit: 1 };
    const { answers } = await front.ask<LetterList>("ListLetters", request);
    return answers.flatMap(({ document }) => checksOf(check, pool, document, now));
  } catch (error) {
    return [failed(check, error, "try `taskwire dead-letters list`")];
  } finally {
    front.close();
  }
}

/** `list`: of the oldest open one. Exported for tests. */
export function checksOf(check: string, pool: string, list: LetterList, now: number): Check[] {
  const { letters, counts, read, unreadable } = list;
  const checks = unreadable.map(({ topic, error }): Check => {
    const text = `the dead letters in ${topic} cannot be read: ${error}`;
    return { check, level: "warn", text, hint: "check that the topic exists, and that the broker may read it" };
  });
  const [oldest] = letters;
  const left = oldest?.deletedAfter === undefined ? Number.POSITIVE_INFINITY : Date.parse(oldest.deletedAfter) - now;
  if (oldest !== undefined && left < AHEAD_MS) {
    checks.push({
      check,
      level: "warn",
      text: `the log deletes open dead letters soon: ${oldest.place} of ${oldest.task} after ${oldest.deletedAfter}`,
      evidence: [`${counted(counts.open, "dead letter")} of pool ${pool} ${counts.open === 1 ? "is" : "are"} open`],
      hint: "replay or export them (`taskwire dead-letters`), or keep them longer with dead_letter_retention",
    });
  } else if (checks.length === 0) {
    const known = read < 1 ? `, with ${Math.floor(read * 100)} % of them read` : "";
    const none = counts.open === 0 ? `no dead letter of pool ${pool} is open${known}` : undefined;
    const some = `${counted(counts.open, "dead letter")} of pool ${pool} ${counts.open === 1 ? "is" : "are"} open${known}`;
    checks.push(ok(check, none ?? some));
  }
  return checks;
}
