import type { ChangedActivations, ChangeOutcome } from "../../../../runtime/operations/documents/changes.js";
import { count as number } from "../../parts/text/number.ts";
import type { ActivationAct } from "./allowed.ts";

/** What each outcome means, by what was asked: completes "3 ...". */
function outcomeWords(act: ActivationAct, outcome: string): string {
  switch (outcome) {
    case "done":
      return act === "retry" ? "due now" : "cancelled";
    case "asked":
      return "asked to end; they end as cancelled";
    case "already":
      return "due already";
    case "running":
      return "left, because a worker runs them";
    case "changed":
      return "left, because they are no longer in a state that the filter names";
    case "too_late":
      return "too late: they have ended";
    case "unknown":
      return "not in flight any more";
    case "ahead":
      return "cancelled when they are read, within 24 h";
    case "full":
      return "not remembered: as many ids as possible are cancelled ahead";
    default:
      return outcome.replaceAll("_", " ");
  }
}

const GOOD: ReadonlySet<string> = new Set<ChangeOutcome>(["done", "asked", "already", "ahead"]);

/** What a change by ids did, worst last: "3 cancelled, 1 too late: they have ended". `whole`: nothing was left undone. */
export function summaryOf(act: ActivationAct, { counts }: Pick<ChangedActivations, "counts">) {
  const entries = Object.entries(counts).filter(([, count]) => count > 0);
  const good = entries.filter(([outcome]) => GOOD.has(outcome));
  const bad = entries.filter(([outcome]) => !GOOD.has(outcome));
  const text = [...good, ...bad].map(([outcome, count]) => `${number(count)} ${outcomeWords(act, outcome)}`).join(", ");
  return { text: text === "" ? "Nothing was changed" : text, whole: bad.length === 0 };
}
