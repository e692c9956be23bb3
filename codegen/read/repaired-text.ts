/** One replacement in a text. */
export interface Edit {
  readonly at: number;
  /** Number of characters removed. */
  readonly remove: number;
  readonly insert: string;
}

/** A text with repairs, so that reading can continue, and the place of each of its characters in the original. */
export class RepairedText {
  readonly #original: string;
  readonly #edits: Edit[] = [];
  #lineStarts: readonly number[] | undefined;
  #text: string;

  constructor(original: string) {
    this.#original = original;
    this.#text = original;
  }

  get text(): string {
    return this.#text;
  }

  /** Applied from the last to the first, so that all offsets refer to the text before. */
  apply(edits: readonly Edit[]): void {
    for (const edit of [...edits].sort((a, b) => b.at - a.at)) {
      this.#text = this.#text.slice(0, edit.at) + edit.insert + this.#text.slice(edit.at + edit.remove);
      if (edit.insert.length !== edit.remove) this.#edits.push(edit);
    }
  }

  /** Line and column in the original, from 1. */
  place(offset: number): { readonly line: number; readonly column: number } {
    let at = offset;
    for (const edit of this.#edits.toReversed()) {
      if (at < edit.at) continue;
      at = at < edit.at + edit.insert.length ? edit.at : at - edit.insert.length + edit.remove;
    }
    this.#lineStarts ??= starts(this.#original);
    const line = lastAtMost(this.#lineStarts, at);
    return { line: line + 1, column: at - (this.#lineStarts[line] ?? 0) + 1 };
  }

  /** A line of the original, from 1. */
  line(number: number): string {
    this.#lineStarts ??= starts(this.#original);
    const from = this.#lineStarts[number - 1] ?? this.#original.length;
    return this.#original.slice(from, this.#lineStarts[number] ?? this.#original.length).replace(/\r?\n$/, "");
  }
}

function starts(text: string): readonly number[] {
  const list = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) list.push(at + 1);
  return list;
}

function lastAtMost(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((sorted[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
