import type { LetterOutcomes } from "../../../../runtime/operations/documents/letter.js";
import { count as number } from "../../parts/text/number.ts";

const WORDS: Readonly<Record<string, string>> = {
  replayed: "replayed",
  purged: "purged",
  already: "resolved before",
  left_out: "left out",
  unknown: "no longer there",
  failed: "failed",
};

const WHYS: Readonly<Record<string, string>> = {
  undecodable: "no activation",
  oversized: "too large to be stored",
  may_have_started: "may have started, and runs at most once",
  no_route: "no topic to go to in this environment",
};

/** What a change of letters did: "3 replayed, 1 left out (no activation)". `whole`: all was done, now or before. */
export function letterSummary({ outcomes, counts }: Pick<LetterOutcomes, "outcomes" | "counts">) {
  const parts = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([outcome, count]) => {
      const whys = new Set(
        outcomes.flatMap((each) => (each.outcome === outcome && each.why !== undefined ? [each.why] : [])),
      );
      const because = [...whys].slice(0, 2).map((why) => WHYS[why] ?? why);
      return `${number(count)} ${WORDS[outcome] ?? outcome}${because.length === 0 ? "" : ` (${because.join("; ")})`}`;
    });
  const undone = ["left_out", "failed"].some((outcome) => (counts[outcome] ?? 0) > 0);
  return { text: parts.length === 0 ? "Nothing was changed" : parts.join(", "), whole: !undone };
}
