import type { Clock } from "../../base/clock.js";
import { OperationError } from "../../operations/errors.js";
import type { Verb } from "../../operations/verb.js";
import type { History } from "./history.js";

/** The verbs that look at what ended. Their code is loaded with the first request. undefined: no history is kept. */
export function historyVerbs(history: History | undefined, clock: Clock): readonly Verb[] {
  const kept = (): History => {
    if (history !== undefined) return history;
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
  ];
}
