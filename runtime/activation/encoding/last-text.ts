/** Longer texts are not kept. */
const LONGEST = 256;

/**
 * The text that was read last, for fields in which one activation after the other says the same: comparing its bytes costs
 * less than making the string again, and equal names are then one string.
 */
export class LastText {
  readonly #bytes = new Uint8Array(LONGEST);
  #length = 0;
  #text = "";

  /** The text, if these are its bytes. */
  get(bytes: Uint8Array, start: number, length: number): string | undefined {
    if (length !== this.#length) return undefined;
    for (let at = 0; at < length; at += 1) if (bytes[start + at] !== this.#bytes[at]) return undefined;
    return this.#text;
  }

  keep(bytes: Uint8Array, start: number, length: number, text: string): void {
    if (length > LONGEST) return;
    for (let at = 0; at < length; at += 1) this.#bytes[at] = bytes[start + at] ?? 0;
    this.#length = length;
    this.#text = text;
  }
}
