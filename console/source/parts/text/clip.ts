/** Marks that Unicode has for the control characters U+0000 to U+001F begin here. */
const PICTURES = 0x2400;
/** Other control characters, and those that change the direction of text, are invisible, or end lines. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
/** Joins emoji and letters of some scripts. */
const JOINERS = /[\u200c\u200d]/;

/** Text from outside as one line on which every character is visible: ␛ for ESC, ⟨U+202E⟩ for those without a mark. */
export function visible(text: string): string {
  if (!HIDDEN.test(text)) return text;
  let shown = "";
  for (const character of text)
    shown += HIDDEN.test(character) && !JOINERS.test(character) ? markOf(character) : character;
  return shown;
}

/** The sign that is drawn for a character that cannot be seen. */
export function markOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(PICTURES + code);
  if (code === 0x7f) return "␡";
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}

/** At most `longest` characters, cut in the middle: what differs is most often at the ends. */
export function clip(text: string, longest: number): string {
  // Text from outside may be a MiB: what cannot be shown is not looked at.
  const near = text.length > 4 * longest ? `${text.slice(0, 2 * longest)}…${text.slice(-2 * longest)}` : text;
  const characters = [...visible(near)];
  if (characters.length <= longest && near === text) return characters.join("");
  const head = Math.ceil((longest - 1) / 2);
  const tail = longest - 1 - head;
  return `${characters.slice(0, head).join("")}…${tail === 0 ? "" : characters.slice(-tail).join("")}`;
}
