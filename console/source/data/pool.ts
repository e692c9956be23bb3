import { batch, signal } from "@preact/signals";
import { forgetLive } from "./live.ts";

/** The pool that the page is narrowed to, as ENV/POOL or ENV/POOL@BROKER; "": all. The address has it, and links carry it. */
export const pool = signal("");

/** Follows the address, from the first page on and when somebody goes back. */
export function followPool(): void {
  const follow = () => setPool(new URLSearchParams(location.search).get("pool") ?? "");
  addEventListener("popstate", follow);
  follow();
}

/** What is known of another pool is forgotten. */
export function setPool(name: string): void {
  if (name === pool.peek()) return;
  batch(() => {
    pool.value = name;
    forgetLive();
  });
}

/** What no pool narrows: what the models say, and what is one thing by its id, wherever it is. */
const WHOLE = /^(?:session|pools|tasks|schedules|send)$|^(?:schedules|workers|activations)\//;

/** The pool that a call of the API is about; undefined: all. A change by a filter is of the pool that its list is of. */
export function poolFor(path: string, body: object = {}): string | undefined {
  const isWhole = WHOLE.test(path) && !("q" in body);
  return isWhole || pool.value === "" ? undefined : pool.value;
}
