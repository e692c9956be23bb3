import type { LogRecord, ReadRecord } from "../../../log/port.js";
import type { LetterState } from "../../../operations/documents/letter.js";
import { type Place, placeIn, placeText } from "../../../operations/letter-place.js";
import { cut, identityOf, RESOLVED_HEADER } from "./headers.js";
import type { Letter } from "./letter.js";

export type Resolution = Exclude<LetterState, "open">;

/** Says that a letter is resolved. It is in the letter's partition, with the letter's key and no value. */
export interface Marker extends Place {
  /** Identity of its letter. */
  readonly identity: string;
  readonly resolution: Resolution;
  /** The person, as the front named them. */
  readonly by: string;
  /** Milliseconds. */
  readonly at: number;
  /** Id of the activation that replays it; "" when purged. */
  readonly replay: string;
}

/** The marker in a record of a dead-letter topic; undefined: it is another record. */
export function markerOf(topic: string, partition: number, record: ReadRecord): Marker | undefined {
  const { key, value, headers = {}, offset } = record;
  const resolution = headers[RESOLVED_HEADER];
  if (value.length > 0 || (resolution !== "replayed" && resolution !== "purged")) return undefined;
  const resolved = headers["taskwire-resolved-offset"] ?? "";
  if (!/^\d{1,16}$/.test(resolved)) return undefined;
  const letter = { topic, partition, offset: Number(resolved) };
  const at = Date.parse(headers["taskwire-resolved-at"] ?? "");
  return {
    topic,
    partition,
    offset,
    identity: identityOf(headers, key, letter),
    resolution,
    by: cut(headers["taskwire-resolved-by"] ?? ""),
    at: Number.isNaN(at) ? 0 : Math.max(0, at),
    replay: cut(headers["taskwire-replay"] ?? ""),
  };
}

/** The record that resolves a letter. `key`: of the letter. It names the original as the letter does. */
export function markerRecord(
  letter: Letter,
  key: string | undefined,
  what: Pick<Marker, "resolution" | "by" | "at" | "replay">,
): LogRecord {
  const id = letter.identity.slice(letter.origin.length + 1);
  const original = placeIn(letter.origin);
  return {
    key,
    value: new Uint8Array(0),
    tombstone: true,
    headers: {
      "taskwire-resolved": what.resolution,
      "taskwire-resolved-by": what.by,
      "taskwire-resolved-at": new Date(what.at).toISOString(),
      "taskwire-resolved-offset": String(letter.offset),
      ...(what.replay === "" ? {} : { "taskwire-replay": what.replay }),
      ...(id === "" ? {} : { "taskwire-id": id }),
      ...(original === undefined || letter.origin === placeText(letter)
        ? {}
        : {
            "taskwire-topic": original.topic,
            "taskwire-partition": String(original.partition),
            "taskwire-offset": String(original.offset),
          }),
    },
  };
}
