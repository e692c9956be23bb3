import type { RateStore } from "../ports/ports.js";

interface Kept<Value> {
  readonly value: Value;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** Rates in memory, for tests. */
export class MemoryRateStore implements RateStore {
  readonly #now: () => number;
  readonly #values = new Map<string, Kept<string>>();
  readonly #hashes = new Map<string, Kept<ReadonlyMap<string, string>>>();

  /** `now`: milliseconds since the epoch. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  get(key: string): string | null {
    return this.#live(this.#values.get(key)) ?? null;
  }

  set(key: string, value: string, life: number): void {
    this.#values.set(key, { value, until: this.#now() + life });
  }

  delete(key: string): void {
    this.#values.delete(key);
    this.#hashes.delete(key);
  }

  getHash(key: string): ReadonlyMap<string, string> {
    return this.#live(this.#hashes.get(key)) ?? new Map();
  }

  getHashField(key: string, field: string): string | null {
    return this.getHash(key).get(field) ?? null;
  }

  setHash(key: string, fields: ReadonlyMap<string, string>, life: number): void {
    this.#hashes.set(key, { value: new Map([...this.getHash(key), ...fields]), until: this.#now() + life });
  }

  #live<Value>(kept: Kept<Value> | undefined): Value | undefined {
    return kept === undefined || kept.until <= this.#now() ? undefined : kept.value;
  }
}
