import { LONGEST_NAME_BYTES } from "../../../activation/encoding/bounds.js";
import { type Place, placeIn, placeText } from "../../../operations/letter-place.js";

/** Header of a marker: how its letter is resolved. */
export const RESOLVED_HEADER = "taskwire-resolved";

type Headers = Readonly<Record<string, string>>;

/** Place of the original record, as a letter and its marker name it; without these headers, the letter's own. */
export function originOf(headers: Headers, letter: Place): string {
  const {
    "taskwire-topic": topic = "",
    "taskwire-partition": partition = "",
    "taskwire-offset": offset = "",
  } = headers;
  const original = placeIn(`${topic}/${partition}/${offset}`);
  return placeText(original ?? letter);
}

/**
 * What a letter and its marker have in common, whatever is left of the letter's bytes: the original's place and the id of
 * the run that ended, or the own place of a record that another program wrote. A letter that was written twice after a
 * crash has one identity. `key`: letters of earlier versions have the id as their key.
 */
export function identityOf(headers: Headers, key: string | undefined, letter: Place): string {
  const origin = originOf(headers, letter);
  const id = headers["taskwire-id"] ?? key;
  return origin === placeText(letter) || id === undefined ? origin : `${origin}\n${cut(id)}`;
}

/** The beginning of a text from outside. */
export function cut(text: string, most: number = LONGEST_NAME_BYTES): string {
  return text.length <= most ? text : text.slice(0, most);
}

/** A whole number from outside; 0 when it is none. */
export function count(text: string | undefined): number {
  const value = /^\d{1,16}$/.test(text ?? "") ? Number(text) : 0;
  return Number.isSafeInteger(value) ? value : 0;
}
