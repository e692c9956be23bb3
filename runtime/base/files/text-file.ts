/** The mark that some editors and systems put before a text: U+FEFF, in UTF-8 EF BB BF. */
const MARK = "\uFEFF";

/** A text as it was meant, without a mark at its start. JSON, PEM and `@FILE` parsers take none. */
export function withoutMark(text: string): string {
  return text.startsWith(MARK) ? text.slice(MARK.length) : text;
}

/** The same for bytes. */
export function bytesWithoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
