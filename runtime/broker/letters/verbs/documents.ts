import type { LetterDetails, LetterDocument } from "../../../operations/documents/letter.js";
import type { Letter } from "../records/letter.js";
import type { Marker } from "../records/marker.js";
import { placeText } from "../records/place.js";
import { stateOf } from "../records/standing.js";
import type { StoredLetter } from "../resolve/records.js";
import type { Source } from "../sources.js";

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

export function letterDetails(
  { letter, record }: StoredLetter,
  marker: Marker | undefined,
  sources: readonly Source[],
): LetterDetails {
  const { key, headers = {} } = record;
  return { letter: letterDocument(letter, marker, sources), ...(key === undefined ? {} : { key }), headers };
}
