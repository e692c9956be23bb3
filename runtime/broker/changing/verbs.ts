import { LONGEST_NAME_BYTES } from "../../activation/encoding/bounds.js";
import { OperationError } from "../../operations/errors.js";
import { RequestReader } from "../../operations/request.js";
import type { Verb } from "../../operations/verb.js";
import { openMatcher } from "../reading/matcher.js";
import { type FilterParts, planChange, startChange } from "./by-filter.js";
import { changeIds, expectIds } from "./by-ids.js";
import type { ChangeVerb } from "./expected.js";

const MOST_IDS = 1000;
/** With `chain`, each id stands for up to 100 runs. */
const MOST_CHAINS = 100;
/** In characters. */
const LONGEST_REASON = 500;

/** Cancel, Promote and Purge: some activations by their ids at once, or everything that matches a filter as a job. */
export function changingVerbs(parts: FilterParts): readonly Verb[] {
  return (["Cancel", "Promote", "Purge"] as const).map((name) => ({
    name,
    run: (request, { actor, signal }) => run(parts, name, new RequestReader(request), actor, signal),
  }));
}

async function run(
  parts: FilterParts,
  verb: ChangeVerb,
  reader: RequestReader,
  by: string,
  signal: AbortSignal,
): Promise<object> {
  const ids = [...new Set(reader.texts("ids", MOST_IDS, LONGEST_NAME_BYTES))];
  const q = reader.text("q");
  const dryRun = reader.flag("dryRun");
  const plan = reader.text("plan");
  const reason = reader.text("reason", LONGEST_REASON) ?? "";
  const chain = verb === "Cancel" && reader.flag("chain");
  const ahead = verb === "Cancel" && reader.flag("ahead");
  reader.end();
  if ((q === undefined) === (ids.length === 0))
    throw refused("ids", `expected \`ids\`, or a filter \`q\`, found ${q === undefined ? "neither" : "both"}`);
  if (q === undefined) {
    if (chain && ids.length > MOST_CHAINS)
      throw refused(
        "ids",
        `expected at most ${MOST_CHAINS} entries with \`chain\`, found ${ids.length}; split the request`,
      );
    const request = { verb, ids, by, chain, ahead };
    return dryRun ? expectIds(parts.sources(), request) : changeIds(parts.engine, request);
  }
  for (const [name, given] of Object.entries({ chain, ahead }))
    if (given) throw refused(name, "it goes with ids, found a filter");
  const request = { verb, matcher: await openMatcher(q, parts.sources().clock.wall()), by, reason };
  if (dryRun) return planChange(parts, request, signal);
  if (plan === undefined) throw refused("plan", "expected the plan of a dry run of this filter, found none");
  return startChange(parts, request, plan, signal);
}

function refused(field: string, problem: string): OperationError {
  return new OperationError("bad_request", "bad_parameter", `${field}: ${problem}`, { field });
}
