import { OperationError } from "../../operations/errors.js";
import { RequestReader } from "../../operations/request.js";

/** What a listener may ask for. Brokers that do not answer are named to all. Exported for tests. */
export const TOPICS = ["status", "problems", "jobs", "points", "news"] as const;
export type Topic = (typeof TOPICS)[number];

/** Longest time between two updates, seconds. */
const LONGEST_REFRESH = 60;

/** What a listener asks for. */
export interface Listening {
  readonly topics: ReadonlySet<Topic>;
  /** Milliseconds between two updates. */
  readonly refresh: number;
  /** Id of the last event it has; undefined: it has none. */
  readonly after: string | undefined;
  /** The pool whose brokers it is about; undefined: all. */
  readonly pool: string | undefined;
}

/**
 * The parameters of GET events: `topics`, a list, default: all; `refresh`, seconds, at least `least` milliseconds, which is the
 * default; `after`, an event's id, for a page that opens a new stream, where the header Last-Event-ID is missing; `pool`, the
 * name of one, default: all. Empty ones count as not given. Throws OperationError `bad_parameter` and `unknown_parameter`.
 */
export function listeningOf(query: URLSearchParams, headers: Headers, least: number): Listening {
  const reader = new RequestReader(Object.fromEntries(query));
  const topics = reader.text("topics") || undefined;
  const refresh = reader.text("refresh") || undefined;
  const after = reader.text("after") || undefined;
  const pool = reader.text("pool") || undefined;
  reader.end();
  return {
    topics: new Set(topics === undefined ? TOPICS : topics.split(",").map(topicOf)),
    refresh: refresh === undefined ? least : Math.max(least, secondsOf(refresh) * 1000),
    after: headers.get("last-event-id") ?? after,
    pool,
  };
}

function topicOf(name: string): Topic {
  const topic = TOPICS.find((each) => each === name);
  if (topic === undefined) throw wrong("topics", `a list of ${TOPICS.join(", ")}`, name);
  return topic;
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= LONGEST_REFRESH) return seconds;
  throw wrong("refresh", `whole seconds from 1 to ${LONGEST_REFRESH}`, text);
}

function wrong(field: string, expected: string, found: string): OperationError {
  const message = `${field}: expected ${expected}, found "${found.slice(0, 64)}"`;
  return new OperationError("bad_request", "bad_parameter", message, { field });
}
