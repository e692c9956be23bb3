/** The text without the mark at its start that some editors and systems write. */
export function withoutByteOrderMark(text: string): string {
  return text.replace(/^\uFEFF/, "");
}
