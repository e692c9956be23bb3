import type { ErrorsDocument } from "../../operations/documents/errors.js";
import { matchOf } from "../../operations/filter/match.js";
import { parseFilter } from "../../operations/filter/parse.js";
import { RequestReader } from "../../operations/request.js";
import type { History } from "./history.js";

const MOST = 1000;
const DEFAULT = 100;

/** Groups that match, the one that was seen last first. `wall`: milliseconds; ages are relative to it. */
export function listErrors({ groups, since }: History, request: unknown, wall: number): ErrorsDocument {
  const reader = new RequestReader(request);
  const q = reader.text("q") ?? "";
  const limit = reader.integer("limit", { least: 1, most: MOST }) ?? DEFAULT;
  reader.end();
  const match = matchOf(parseFilter(q, "errors"), wall);
  const matching = groups
    .list(wall)
    .filter(
      ({ lastSeen, ...group }) =>
        match.names({ ...group, topic: "" }) && match.item({ ...group, at: Date.parse(lastSeen) }),
    );
  return {
    groups: matching.slice(0, limit),
    matched: matching.length,
    ungrouped: groups.ungrouped,
    since: new Date(since).toISOString(),
  };
}
