import { planByFilter, startByFilter } from "../../../front/changes/by-filter.js";
import { type ChangeVerb, changeIds } from "../../../front/changes/by-ids.js";
import type { ActivationRow } from "../../../operations/documents/activations.js";
import type { ActivationsChange } from "../../../operations/documents/front.js";
import { positioned } from "../../../operations/filter/by-model.js";
import type { Call, Route } from "../../context.js";
import { joined, oneOf } from "../change.js";
import { bodyOf, LONGEST_PLAN } from "../request.js";

const MOST_IDS = 1000;

export const CHANGES: readonly Route[] = [
  changing("cancel", "Cancel"),
  changing("retry", "Promote"),
  changing("purge", "Purge"),
];

function changing(path: string, verb: ChangeVerb): Route {
  return { method: "POST", path: `activations/${path}`, role: "operate", answer: (call) => change(call, verb) };
}

async function change(call: Call, verb: ChangeVerb): Promise<ActivationsChange> {
  const { front, context } = call;
  const reader = bodyOf(call);
  const ids = reader.texts("ids", MOST_IDS);
  const q = reader.text("q");
  const dryRun = reader.flag("dryRun");
  const plan = reader.text("plan", LONGEST_PLAN);
  const reason = reader.text("reason");
  const how = verb === "Cancel" ? { chain: reader.flag("chain"), ahead: reader.flag("ahead") } : {};
  reader.end();
  const what = oneOf("ids", ids, { q, dryRun, plan });
  if (what.kind === "each") return joined(await changeIds(front, verb, { ids, ...how, reason, dryRun }));
  const request = { q: positioned(what.q, "activations", context.models()), ...how, reason };
  if (what.kind === "plan") return joined(await startByFilter(front, verb, request, what.plan));
  return joined(await planByFilter<ActivationRow>(front, verb, request));
}
