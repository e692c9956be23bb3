import { OperationError } from "../../operations/errors.js";
import { matchOf } from "../../operations/filter/match.js";
import { parseFilter } from "../../operations/filter/parse.js";

/** Keys that tasks of a status have. */
const KEYS: ReadonlySet<string> = new Set(["app", "ns", "task"]);

interface Named {
  readonly application: string;
  readonly namespace: string;
  readonly task: string;
}

/** A filter of tasks, such as `ns:issues` or `task:issues.*`. Throws OperationError `bad_filter`, also for other keys. */
export function taskFilter(text: string): (named: Named) => boolean {
  const filter = parseFilter(text, "errors");
  const other = filter.find((term) => term.kind !== "text" || !KEYS.has(term.key));
  if (other !== undefined)
    throw new OperationError("bad_request", "bad_filter", `filter: expected task:, ns: or app: here, found "${text}"`, {
      field: "q",
    });
  const { names } = matchOf(filter, Date.now());
  return ({ application, namespace, task }) => names({ application, namespace, task, topic: "" });
}
