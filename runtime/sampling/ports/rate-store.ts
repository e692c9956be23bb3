import type { Awaitable } from "./awaitable.js";

/** Where rates, factors and marks are kept until their life ends (dynamic-sampling.md 14). Values are texts, lives milliseconds. */
export interface RateStore {
  /** Null when missing or expired. */
  get(key: string): Awaitable<string | null>;
  /** Replaces value and life. */
  set(key: string, value: string, life: number): Awaitable<void>;
  delete(key: string): Awaitable<void>;
  /** Empty when missing or expired. */
  getHash(key: string): Awaitable<ReadonlyMap<string, string>>;
  getHashField(key: string, field: string): Awaitable<string | null>;
  /** Adds or replaces these fields, leaves the others, and gives the whole hash a new life. */
  setHash(key: string, fields: ReadonlyMap<string, string>, life: number): Awaitable<void>;
}
