/** A set of offsets: all below a position, and disjoint ranges above it. */
export class Offsets {
  #position: number;
  /** Flat: start, end (not included), start, end ...; ascending, never touching. */
  readonly #ranges: number[];

  constructor(position: number, ranges: readonly number[] = []) {
    this.#position = position;
    this.#ranges = [...ranges];
  }

  /** The lowest offset that is not in it. */
  get position(): number {
    return this.#position;
  }

  /** Number of ranges above the position. */
  get gaps(): number {
    return this.#ranges.length / 2;
  }

  /** Where the lowest range starts; Infinity without one. */
  get nextRange(): number {
    return this.#ranges[0] ?? Number.POSITIVE_INFINITY;
  }

  ranges(): readonly number[] {
    return [...this.#ranges];
  }

  has(offset: number): boolean {
    if (offset < this.#position) return true;
    const at = this.#after(offset);
    return at > 0 && offset < (this.#ranges[at - 1] ?? 0);
  }

  /** Adds the offsets from `start` to `end` (not included); false when it had all of them. */
  add(start: number, end = start + 1): boolean {
    if (end <= this.#position) return false;
    if (start <= this.#position) {
      this.#position = end;
      this.#swallow();
      return true;
    }
    const ranges = this.#ranges;
    const last = ranges.length - 1;
    if (ranges[last] === start) {
      ranges[last] = end;
      return true;
    }
    if (this.#covers(start, end)) return false;
    const from = this.#after(start - 1);
    const to = this.#after(end);
    // Joined with the ranges that it touches on either side.
    const first = from > 0 && (ranges[from - 1] ?? 0) >= start ? from - 2 : from;
    const low = Math.min(start, ranges[first] ?? start);
    const high = to > 0 ? Math.max(end, ranges[to - 1] ?? end) : end;
    ranges.splice(first, Math.max(to, first) - first, low, high);
    return true;
  }

  /** Removes one offset. */
  remove(offset: number): void {
    const ranges = this.#ranges;
    if (offset < this.#position) {
      if (offset + 1 < this.#position) ranges.unshift(offset + 1, this.#position);
      this.#position = offset;
      return;
    }
    const at = this.#after(offset) - 2;
    const start = ranges[at];
    const end = ranges[at + 1];
    if (start === undefined || end === undefined || offset >= end) return;
    const left = start < offset ? [start, offset] : [];
    const right = offset + 1 < end ? [offset + 1, end] : [];
    ranges.splice(at, 2, ...left, ...right);
  }

  #covers(start: number, end: number): boolean {
    const at = this.#after(start);
    return at > 0 && end <= (this.#ranges[at - 1] ?? 0);
  }

  #swallow(): void {
    let gone = 0;
    while (gone < this.#ranges.length && (this.#ranges[gone] ?? 0) <= this.#position) {
      this.#position = Math.max(this.#position, this.#ranges[gone + 1] ?? 0);
      gone += 2;
    }
    if (gone > 0) this.#ranges.splice(0, gone);
  }

  /** Index of the first range that starts after the offset. */
  #after(offset: number): number {
    let low = 0;
    let high = this.#ranges.length / 2;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ranges[middle * 2] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low * 2;
  }
}
