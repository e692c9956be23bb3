import type { Counts, State } from "../../../activation/states.js";
import type { Limits } from "../limits.js";
import type { Row } from "../live-row.js";

/** The activations in memory, by id, and how much of the memory they take. */
export class LiveRows {
  readonly #limits: Pick<Limits, "maxPendingCount" | "maxLiveBytes">;
  readonly #byId = new Map<string, Row>();
  #number = 0;
  #size = 0;
  #bytes = 0;
  readonly #counts: Counts = { pending: 0, delayed: 0, processing: 0, retry: 0, failure: 0, parked: 0 };

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

  /** How many are in a state. */
  count(state: State): number {
    return this.#counts[state];
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
    this.#counts[row.state] += 1;
  }

  moved(before: State, after: State): void {
    this.#counts[before] -= 1;
    this.#counts[after] += 1;
  }

  delete(row: Row): void {
    if (this.#byId.get(row.facts.id) === row) this.#byId.delete(row.facts.id);
    this.#size -= 1;
    this.#bytes -= row.facts.payload.length;
    this.#counts[row.state] -= 1;
  }

  /** How many more pending rows fit, with this number of topics. */
  roomFor(topics: number): number {
    if (this.#bytes >= this.#limits.maxLiveBytes) return 0;
    // Delayed, parked and claimed rows have limits of their own.
    const { pending, retry, failure } = this.#counts;
    return Math.max(0, this.#limits.maxPendingCount * Math.max(1, topics) - pending - retry - failure);
  }

  /** Whether delayed rows may wait in memory: they leave half of it to others. */
  get delaysFit(): boolean {
    return this.#bytes < this.#limits.maxLiveBytes / 2;
  }
}
