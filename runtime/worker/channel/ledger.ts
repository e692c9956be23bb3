/** Fewest cells: more than the orders a child is ever given before it has begun the first. */
const FEWEST_CELLS = 1024;
/** Order numbers are compared in 31 bits, so they may wrap around. */
const MASK = 2 ** 31 - 1;
const HALF = 2 ** 30;

/**
 * Records which orders of a child have begun and which were taken back, in memory that its threads share; never both.
 * The main thread begins orders one after the other; while a handler blocks it, the control thread takes back what has
 * not begun. Orders are numbered 1, 2, 3, ... by child.
 */
export class Ledger {
  readonly memory: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#cells = new Int32Array(memory);
  }

  /** `slots`: most runs that the child has at once. */
  static of(slots: number): Ledger {
    const cells = Math.max(FEWEST_CELLS, 2 ** Math.ceil(Math.log2(4 * slots)));
    return new Ledger(new SharedArrayBuffer(cells * Int32Array.BYTES_PER_ELEMENT));
  }

  /** False if the order was taken back and must not run here. */
  begin(order: number): boolean {
    return this.#mark(order, true);
  }

  /** False if the order has begun. */
  takeBack(order: number): boolean {
    return this.#mark(order, false);
  }

  /** The first mark of an order counts. If the cell holds a later order, this one was marked long ago. */
  #mark(order: number, begun: boolean): boolean {
    const at = order & (this.#cells.length - 1);
    const mark = (order << 1) | (begun ? 1 : 0) | 0;
    for (;;) {
      const found = Atomics.load(this.#cells, at);
      if (found === mark) return true;
      const ahead = ((found >>> 1) - order) & MASK;
      if (ahead < HALF) return false;
      if (Atomics.compareExchange(this.#cells, at, found, mark) === found) return true;
    }
  }
}
