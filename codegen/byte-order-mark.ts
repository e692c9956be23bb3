/** The text without the mark at its start that some editors and systems write. */
export function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, "");
}
