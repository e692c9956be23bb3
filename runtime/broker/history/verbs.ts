import type { Clock } from "../../base/clock.js";
import { OperationError } from "../../operations/errors.js";
import type { Verb } from "../../operations/verb.js";
import type { History } from "./history.js";
import type { Series } from "./series/series.js";

/** The verbs that look at what was. Their code is loaded with the first request. */
export function historyVerbs(history: History, series: Series, clock: Clock): readonly Verb[] {
  const kept = (): History => {
    if (history.keepsEnds) return history;
    throw new OperationError("not_found", "no_history", "the broker keeps no history; start it without --history 0");
  };
  return [
    {
      name: "ListEnds",
      run: async (request, { signal }) =>
        (await import("./list-ends.js")).listEnds(kept(), request, clock.wall(), signal),
    },
    {
      name: "Errors",
      run: async (request) => (await import("./list-errors.js")).listErrors(kept(), request, clock.wall()),
    },
    {
      name: "Series",
      run: async (request) => (await import("./series/answer.js")).answerSeries(series, request),
    },
  ];
}
