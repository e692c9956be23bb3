import { OperationError } from "../../../operations/errors.js";
import type { ArgumentTerm, Filter, FilterTerm } from "../../../operations/filter/filter.js";
import { parseFilter } from "../../../operations/filter/parse.js";
import { type Place, placeText, requiredPlace } from "../../../operations/letter-place.js";
import type { RequestReader } from "../../../operations/request.js";
import type { Source } from "../sources.js";

/** In characters. */
const LONGEST_REASON = 500;
const STATES = ["open", "replayed", "purged"] as const;

/** `q` and `state` of a request: the letters that it means. Without a state: open ones. */
export function filterOf(reader: RequestReader): Filter {
  const filter = parseFilter(reader.text("q") ?? "", "letters");
  const state = reader.choice("state", [...STATES, "all"]);
  if (state === undefined) return filter;
  if (filter.some((term) => term.kind === "text" && term.key === "state")) {
    const message = "state: expected either this parameter or state: in q, found both; leave one out";
    throw new OperationError("bad_request", "bad_parameter", message, { field: "state" });
  }
  const values = (state === "all" ? STATES : [state]).map((text) => ({ text, prefix: false }));
  return [...filter, { kind: "text", key: "state", values } satisfies FilterTerm];
}

/** The terms of a filter that compare parameters. */
export function argumentsOf(filter: Filter): readonly ArgumentTerm[] {
  return filter.filter((term) => term.kind === "argument");
}

/**
 * `reveal` and `reason`: the caller is one who may see sensitive values, and says why. The audit log has both; the bytes are the
 * same, because who knows the schema covers them.
 */
export function readReveal(reader: RequestReader): void {
  if (reader.flag("reveal")) reader.requiredText("reason", LONGEST_REASON);
}

/** A place that a request names, and the topic that has it. Throws OperationError: bad_place, unknown_topic. */
export function placeOf(text: string, field: string, sources: readonly Source[]): { place: Place; source: Source } {
  const place = requiredPlace(text, field);
  const source = sources.find(({ name }) => name === place.topic);
  if (source !== undefined) return { place, source };
  const known = sources.map(({ name }) => name).join(", ");
  throw new OperationError(
    "not_found",
    "unknown_topic",
    `${field}: this broker's pool has no dead-letter topic "${place.topic.slice(0, 80)}"; it has ${known}`,
    { field },
  );
}

export function unknownLetter(place: Place): OperationError {
  const message = `${placeText(place)}: the topic has no dead letter there, or no more; \`taskwire dead-letters list\` shows what it has`;
  return new OperationError("not_found", "unknown_letter", message, { field: "place" });
}
