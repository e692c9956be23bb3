import { messageOf } from "../../base/errors.js";
import type { Model } from "../../model/model.js";
import type { Schedules } from "../../operations/diagnose/causes/schedules.js";
import { diagnose } from "../../operations/diagnose/diagnose.js";
import type { Observed } from "../../operations/diagnose/finding.js";
import { summaryOf } from "../../operations/diagnose/summary.js";
import type { JoinedProblems, MissingBroker, StatusesDocument } from "../../operations/documents/front.js";
import { silentOf } from "../silent.js";

/**
 * What is wrong, from the statuses of all brokers. `task`: a wire name; only what concerns this task. A broker whose status has
 * another form than this version knows counts as one that gave none.
 */
export function joinProblems(
  { brokers, partial }: StatusesDocument,
  models: readonly Model[],
  { task, schedules }: { readonly task?: string | undefined; readonly schedules?: Schedules | undefined } = {},
): JoinedProblems {
  const look = (observed: readonly Observed[], missing: readonly MissingBroker[]): JoinedProblems => {
    const silent = missing.map(({ broker, message }) => silentOf(broker, message));
    return {
      findings: diagnose(observed, { models, silent, schedules, task }),
      summary: summaryOf(observed, task),
      partial: missing,
    };
  };
  try {
    return look(brokers, partial);
  } catch (error) {
    const unusable = brokers.flatMap((each) => {
      const problem = problemOf(() => look([each], []));
      return problem === undefined ? [] : [{ broker: each.broker, code: "answer_unusable", message: problem }];
    });
    if (unusable.length === 0) throw error;
    const usable = brokers.filter(({ broker }) => !unusable.some((each) => each.broker === broker));
    return look(usable, [...partial, ...unusable]);
  }
}

function problemOf(look: () => unknown): string | undefined {
  try {
    look();
    return undefined;
  } catch (error) {
    return `its status cannot be used: ${messageOf(error)}; it may be of another version of taskwire`;
  }
}
