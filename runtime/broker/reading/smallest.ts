/** The smallest of many items, at most `most`, without sorting all of them. */
export class Smallest<T> {
  readonly #most: number;
  readonly #compare: (one: T, other: T) => number;
  #items: T[] = [];
  /** The largest item that is kept, once others were left out. */
  #last: T | undefined;

  constructor(most: number, compare: (one: T, other: T) => number) {
    this.#most = most;
    this.#compare = compare;
  }

  add(item: T): void {
    if (this.#last !== undefined && this.#compare(item, this.#last) > 0) return;
    this.#items.push(item);
    if (this.#items.length >= 4 * this.#most) this.#trim();
  }

  /** The items in order. */
  inOrder(): readonly T[] {
    this.#trim();
    return this.#items;
  }

  /** Whether items were left out. */
  get more(): boolean {
    return this.#last !== undefined;
  }

  #trim(): void {
    this.#items.sort(this.#compare);
    if (this.#items.length <= this.#most) return;
    this.#items = this.#items.slice(0, this.#most);
    this.#last = this.#items.at(-1);
  }
}
