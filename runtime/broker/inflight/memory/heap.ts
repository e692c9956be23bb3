/** A binary min-heap over items with a time; the caller skips entries that are out of date. */
export class Heap<T> {
  readonly #times: number[] = [];
  readonly #items: T[] = [];

  get size(): number {
    return this.#times.length;
  }

  /** Time of the earliest entry, Infinity when empty. */
  get earliest(): number {
    return this.#times[0] ?? Number.POSITIVE_INFINITY;
  }

  push(time: number, item: T): void {
    const times = this.#times;
    const items = this.#items;
    let at = times.length;
    times.push(time);
    items.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = times[parent];
      const aboveItem = items[parent];
      if (above === undefined || aboveItem === undefined || above <= time) break;
      times[at] = above;
      items[at] = aboveItem;
      at = parent;
    }
    times[at] = time;
    items[at] = item;
  }

  /** Removes and returns the earliest entry when it is due at `now`. */
  popDue(now: number): T | undefined {
    if (this.earliest > now) return undefined;
    const first = this.#items[0];
    const time = this.#times.pop();
    const item = this.#items.pop();
    if (time !== undefined && item !== undefined && this.#times.length > 0) this.#sink(time, item);
    return first;
  }

  /** Removes every entry for which `wanted` returns false. */
  keep(wanted: (item: T, time: number) => boolean): void {
    const times = this.#times.splice(0);
    const items = this.#items.splice(0);
    for (const [index, item] of items.entries()) {
      const time = times[index];
      if (time !== undefined && wanted(item, time)) this.push(time, item);
    }
  }

  #sink(time: number, item: T): void {
    const times = this.#times;
    const items = this.#items;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const right = times[child + 1];
      let least = times[child];
      if (least === undefined) break;
      if (right !== undefined && right < least) {
        child += 1;
        least = right;
      }
      const childItem = items[child];
      if (childItem === undefined || least >= time) break;
      times[at] = least;
      items[at] = childItem;
      at = child;
    }
    times[at] = time;
    items[at] = item;
  }
}
