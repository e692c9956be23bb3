import { OperationError } from "../../operations/errors.js";
import { RequestReader } from "../../operations/request.js";
import type { Call } from "../context.js";

/** Lines of a page: default and most. */
const LINES = 100;
const MOST_LINES = 1000;
/** Longest text of a parameter, in characters: a cursor has a place for each broker. */
const LONGEST_CURSOR = 16_384;
/** A plan has one of each broker. */
export const LONGEST_PLAN = 16_384;

/** What a parameter of a query is, beside text. */
type Kind = "number" | "flag";

/** The parameters of a query string. An empty one is as if it were not there. Throws OperationError for one that is given twice. */
export function queryOf({ query }: Pick<Call, "query">, kinds: Readonly<Record<string, Kind>> = {}): RequestReader {
  const values = new Map<string, unknown>();
  for (const [name, value] of query) {
    if (values.has(name))
      throw new OperationError(
        "bad_request",
        "bad_parameter",
        `${name.slice(0, 64)}: expected one value, found several`,
        {
          field: name.slice(0, 64),
        },
      );
    if (value !== "") values.set(name, readAs(value, Object.hasOwn(kinds, name) ? kinds[name] : undefined));
  }
  return new RequestReader(Object.fromEntries(values));
}

/** What does not look like its kind stays text, which the reader refuses. */
function readAs(text: string, kind: Kind | undefined): unknown {
  if (kind === "number" && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (kind === "flag" && /^(?:1|0|true|false)$/.test(text)) return text === "1" || text === "true";
  return text;
}

/** A list in a query, separated by commas; [] when it is not given. */
export function listIn(reader: RequestReader, name: string, longest?: number): readonly string[] {
  const text = reader.text(name, longest);
  return text === undefined ? [] : text.split(",").filter((each) => each !== "");
}

/** Which page of a list is asked for. */
export interface Paging {
  readonly limit: number;
  readonly cursor: string | undefined;
}

export function pagingOf(reader: RequestReader): Paging {
  return {
    limit: reader.integer("limit", { least: 1, most: MOST_LINES }) ?? LINES,
    cursor: reader.text("cursor", LONGEST_CURSOR),
  };
}

/** The parameters of a body. */
export function bodyOf({ body }: Pick<Call, "body">): RequestReader {
  return new RequestReader(body);
}

/** Refuses parameters of a request that has none. */
export function withoutQuery(call: Pick<Call, "query">): void {
  queryOf(call).end();
}
