/** Longest id or name that is kept, characters: they come from outside. */
const LONGEST = 128;
/** Bytes of an error that are kept with each end. */
const ERROR_BYTES = 512;

/** The text, or a copy of its beginning. */
export function kept(text: string): string {
  return text.length <= LONGEST ? text : copied(text.slice(0, LONGEST));
}

const beginning = Buffer.alloc(ERROR_BYTES);

/** The first 512 bytes of an error, cut between characters. */
export function cutError(error: string): string {
  if (error.length * 3 <= ERROR_BYTES) return error;
  // A character that does not fit is not written.
  const cut = beginning.toString("utf8", 0, beginning.write(error));
  return cut.length === error.length ? error : cut;
}

/** A string of its own: a part of a string keeps all of it in memory. */
export function copied(text: string): string {
  return Buffer.from(text).toString();
}
