import type { LogRecord } from "#runtime/log/port.js";
import { activationBytes } from "./records.js";

/** Whoever wrote a dead letter: this version, an earlier one, or another program without key and headers. */
type Writer = "new" | "old" | "foreign" | "undecodable" | "oversized";

export const WRITERS: readonly Writer[] = ["new", "old", "foreign", "undecodable", "oversized"];

interface LetterFacts {
  readonly writer?: Writer;
  /** The topic of its original, whose offset is the number. */
  readonly topic?: string;
  readonly reason?: string;
  readonly error?: string;
  readonly task?: string;
  /** Default: `a<number>`. */
  readonly id?: string;
  readonly at?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly bytes?: Uint8Array;
}

/** The record of the dead letter of activation `a<number>`, whose original is at offset `number`. */
export function letterRecord(number: number, facts: LetterFacts = {}): LogRecord {
  const {
    writer = "new",
    topic = "work",
    reason = "error",
    error = `Error: failure ${number}\n    at run (work.ts:1:1)`,
  } = facts;
  const { id = `a${number}` } = facts;
  const value =
    facts.bytes ?? activationBytes({ id, n: number, ...(facts.task === undefined ? {} : { task: facts.task }) });
  if (writer === "foreign") return { value };
  const place = `${topic}/0/${number}`;
  const headers = {
    "taskwire-reason": reason,
    "taskwire-error": error,
    "taskwire-attempts": "1",
    ...(writer === "old" ? {} : { "taskwire-id": writer === "undecodable" ? place : id }),
    "taskwire-root": id,
    "taskwire-topic": topic,
    "taskwire-partition": "0",
    "taskwire-offset": String(number),
    "taskwire-at": new Date(facts.at ?? 1_700_000_000_000 + number).toISOString(),
    ...facts.headers,
  };
  if (writer === "old") return { key: id, value, headers };
  if (writer === "new") return { key: place, value, headers };
  if (writer === "undecodable") return { key: place, value: Buffer.from(`no activation ${number}`), headers };
  return { key: place, value: new Uint8Array(0), headers: { ...headers, "taskwire-size": "20000000" } };
}
