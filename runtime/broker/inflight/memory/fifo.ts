import type { Row } from "../live-row.js";

/** Rows sorted by `order`: work that comes back gets its old place. */
export class Fifo {
  #rows: (Row | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#rows.length - this.#head;
  }

  peek(): Row | undefined {
    return this.#rows[this.#head];
  }

  shift(): Row | undefined {
    const row = this.#rows[this.#head];
    if (row === undefined) return undefined;
    this.#rows[this.#head] = undefined;
    this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#rows.length) {
      this.#rows = this.#rows.slice(this.#head);
      this.#head = 0;
    }
    return row;
  }

  insert(row: Row): void {
    const last = this.#rows.at(-1);
    if (this.size === 0 || (last !== undefined && last.order < row.order)) {
      this.#rows.push(row);
      return;
    }
    const low = this.#placeOf(row);
    if (low === this.#head && this.#head > 0) {
      this.#head -= 1;
      this.#rows[this.#head] = row;
    } else {
      this.#rows.splice(low, 0, row);
    }
  }

  /** False when it was not there. */
  remove(row: Row): boolean {
    const at = this.#placeOf(row);
    if (this.#rows[at] !== row) return false;
    if (at === this.#head) this.shift();
    else this.#rows.splice(at, 1);
    return true;
  }

  /** Index of the first row that does not come before this one. */
  #placeOf(row: Row): number {
    let low = this.#head;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const order = this.#rows[middle]?.order ?? 0;
      if (order < row.order) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
