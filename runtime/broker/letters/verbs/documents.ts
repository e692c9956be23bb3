import { LARGEST_TAKEN_BYTES } from "../../../activation/encoding/bounds.js";
import type { ReadRecord } from "../../../log/port.js";
import type { LetterDetails, LetterDocument } from "../../../operations/documents/letter.js";
import { placeText } from "../../../operations/letter-place.js";
import { cut } from "../records/headers.js";
import type { Letter } from "../records/letter.js";
import type { Marker } from "../records/marker.js";
import { stateOf } from "../records/standing.js";
import type { StoredLetter } from "../resolve/records.js";
import type { Source } from "../sources.js";

/** Characters of one header, and of all, that an answer shows. */
const LONGEST_HEADER = 8192;
const MOST_HEADERS = 32_768;
/** The last time that a Date can have, milliseconds. */
const LAST_MS = 8.64e15;

/** `sources`: those of the pool; the letter is of one of them. */
export function letterDocument(
  letter: Letter,
  marker: Marker | undefined,
  sources: readonly Pick<Source, "name" | "retention">[],
): LetterDocument {
  const retention = sources.find(({ name }) => name === letter.topic)?.retention;
  const { id, root, application, namespace, task, reason, error, attempts, lost, size, atMostOnce, content } = letter;
  return {
    place: placeText(letter),
    state: stateOf({ letter, marker }),
    ...{ id, root, application, namespace, task, reason, error },
    fingerprint: letter.fp,
    attempts,
    ...(letter.maxAttempts === 0 ? {} : { maxAttempts: letter.maxAttempts }),
    lost,
    ...(letter.at === 0 ? {} : { at: new Date(letter.at).toISOString() }),
    ...(letter.at === 0 || retention === undefined
      ? {}
      : { deletedAfter: new Date(Math.min(letter.at + retention, LAST_MS)).toISOString() }),
    original: letter.origin,
    ...{ size, atMostOnce, content },
    ...(letter.replayOf === "" ? {} : { replayOf: letter.replayOf }),
    ...(marker === undefined
      ? {}
      : {
          resolved: {
            by: marker.by,
            at: new Date(marker.at).toISOString(),
            ...(marker.replay === "" ? {} : { replay: marker.replay }),
          },
        }),
  };
}

/** Headers and the key are cut: other programs write records, too. */
export function letterDetails(
  { letter, record }: StoredLetter,
  marker: Marker | undefined,
  sources: readonly Source[],
): LetterDetails {
  const { key, headers = {} } = record;
  let left = MOST_HEADERS;
  const shown = Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    const text = cut(value, Math.max(0, Math.min(LONGEST_HEADER, left)));
    left -= name.length + text.length;
    return left < 0 ? [] : [[name, text]];
  });
  return {
    letter: letterDocument(letter, marker, sources),
    ...(key === undefined ? {} : { key: cut(key) }),
    headers: Object.fromEntries(shown),
  };
}

/** The activation's bytes as an answer carries them: none when no broker would take them as an activation. */
export function bytesOf({ value }: ReadRecord): Uint8Array {
  return value.length > LARGEST_TAKEN_BYTES ? new Uint8Array(0) : value;
}
