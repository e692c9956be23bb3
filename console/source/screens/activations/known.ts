import { REASONS } from "../../../../runtime/activation/reasons.js";
import { live } from "../../data/live.ts";
import { useQuery } from "../../data/query.ts";
import type { Known } from "../../parts/filter/suggest.ts";

const ENDS = ["completed", "retry", "failure", "discarded", "expired", "killswitched", "forwarded", "cancelled"];

/**
 * What a filter may name: tasks of the models and those in flight, their parameters, workers, topics. `needed` false:
 * nothing yet.
 */
export function useKnown(needed = true): Known {
  const { data } = useQuery(needed ? "tasks" : null);
  if (!needed) return {};
  const statuses = live.brokers.value.map(({ status }) => status);
  const models = data?.tasks ?? [];
  const seen = statuses.flatMap(({ tasks }) => tasks);
  const parameters = models.flatMap((task) => task.parameters.filter(({ sensitive }) => sensitive !== true));
  return {
    task: distinct([...models.map(({ name }) => name), ...seen.map(({ task }) => task)]),
    ns: distinct([...models.map(({ namespace }) => namespace), ...seen.map(({ namespace }) => namespace)]),
    app: distinct([...models.map(({ application }) => application), ...seen.map(({ application }) => application)]),
    topic: distinct(statuses.flatMap(({ limits }) => limits.map(({ topic }) => topic))),
    worker: distinct(statuses.flatMap(({ sessions }) => sessions.map(({ worker }) => worker))),
    reason: Object.keys(REASONS),
    end: ENDS,
    args: distinct(parameters.map(({ name }) => name)),
  };
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}
