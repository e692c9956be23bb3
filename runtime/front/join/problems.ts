import type { Model } from "../../model/model.js";
import { diagnose } from "../../operations/diagnose/diagnose.js";
import { summaryOf } from "../../operations/diagnose/summary.js";
import type { JoinedProblems, StatusesDocument } from "../../operations/documents/front.js";
import { silentOf } from "../silent.js";

/**
 * What is wrong, from the statuses of all brokers. `task`: a wire name; only what concerns this task. Exported for tests.
 */
export function joinProblems(
  { brokers, partial }: StatusesDocument,
  models: readonly Model[],
  task?: string,
): JoinedProblems {
  const silent = partial.map(({ broker, message }) => silentOf(broker, message));
  return { findings: diagnose(brokers, { models, silent, task }), summary: summaryOf(brokers, task), partial };
}
