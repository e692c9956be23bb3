/** The first `longest` characters of a text, and … where more follow. */
export function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}…`;
}

/** Bytes as whole MiB, for messages. */
export function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
