const FLOAT = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

/**
 * A number of the store. Null when missing, or when the text is not entirely one finite decimal number; blanks around it
 * are let be (dynamic-sampling.md 11).
 */
export function floatOf(text: string | null): number | null {
  if (text === null || !FLOAT.test(text)) return null;
  const number = Number(text);
  return Number.isFinite(number) ? number : null;
}
