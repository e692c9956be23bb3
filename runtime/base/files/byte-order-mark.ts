/** The byte order mark that some editors put at the start of a text file: U+FEFF, in UTF-8 EF BB BF. */
const MARK = "\uFEFF";

/** A string without a byte order mark at its start, which parsers of JSON and PEM refuse. */
export function withoutByteOrderMark(text: string): string {
  return text.startsWith(MARK) ? text.slice(MARK.length) : text;
}

/** The same for bytes. */
export function bytesWithoutByteOrderMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
