/** Longest id or name that is kept, characters: they come from outside. */
const LONGEST = 128;
/** Bytes of an error that are kept with each end. */
const ERROR_BYTES = 512;

/** The text, or a copy of its beginning. */
export function kept(text: string): string {
  return text.length <= LONGEST ? text : copied(text.slice(0, LONGEST));
}

/** The first 512 bytes of an error, cut between characters. */
export function cutError(error: string): string {
  if (error.length * 3 <= ERROR_BYTES) return error;
  const bytes = Buffer.from(error.slice(0, ERROR_BYTES));
  if (bytes.length <= ERROR_BYTES && error.length <= ERROR_BYTES) return error;
  let end = Math.min(bytes.length, ERROR_BYTES);
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString("utf8", 0, end);
}

/** A string of its own: a part of a string keeps all of it in memory. */
export function copied(text: string): string {
  return Buffer.from(text).toString();
}
