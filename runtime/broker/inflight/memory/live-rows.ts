import type { State } from "../../../activation/states.js";
import type { Limits } from "../limits.js";
import type { Row } from "../live-row.js";

/** The activations in memory, by id, and how much of the memory they take. */
export class LiveRows {
  readonly #limits: Pick<Limits, "maxPendingCount" | "maxLiveBytes">;
  readonly #byId = new Map<string, Row>();
  #number = 0;
  #size = 0;
  #bytes = 0;
  /** Rows that take the place of pending ones: delayed, parked and claimed ones have limits of their own. */
  #waiting = 0;

  constructor(limits: Pick<Limits, "maxPendingCount" | "maxLiveBytes">) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#size;
  }

  /** Bytes of their payloads. */
  get bytes(): number {
    return this.#bytes;
  }

  get(id: string): Row | undefined {
    return this.#byId.get(id);
  }

  [Symbol.iterator](): IterableIterator<Row> {
    return this.#byId.values();
  }

  /** One sequence for seq and order: what comes later has the larger number. */
  nextNumber(): number {
    this.#number += 1;
    return this.#number;
  }

  numbersFrom(next: number): void {
    this.#number = next - 1;
  }

  /** The row is in its state. */
  add(row: Row): void {
    this.#byId.set(row.facts.id, row);
    this.#size += 1;
    this.#bytes += row.facts.payload.length;
    if (waits(row.state)) this.#waiting += 1;
  }

  moved(before: State, after: State): void {
    this.#waiting += (waits(after) ? 1 : 0) - (waits(before) ? 1 : 0);
  }

  delete(row: Row): void {
    if (this.#byId.get(row.facts.id) === row) this.#byId.delete(row.facts.id);
    this.#size -= 1;
    this.#bytes -= row.facts.payload.length;
    if (waits(row.state)) this.#waiting -= 1;
  }

  /** How many more pending rows fit, with this number of topics. */
  roomFor(topics: number): number {
    if (this.#bytes >= this.#limits.maxLiveBytes) return 0;
    return Math.max(0, this.#limits.maxPendingCount * Math.max(1, topics) - this.#waiting);
  }

  /** Whether delayed rows may wait in memory: they leave half of it to others. */
  get delaysFit(): boolean {
    return this.#bytes < this.#limits.maxLiveBytes / 2;
  }
}

function waits(state: State): boolean {
  return state === "pending" || state === "retry" || state === "failure";
}
