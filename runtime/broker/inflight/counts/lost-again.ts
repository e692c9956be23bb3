import type { End } from "../../../activation/states.js";
import type { TaskNames } from "./tally.js";

/** Most activations that are remembered; ids come from outside. */
const MOST = 64;
/** How long after its last loss an activation is remembered, milliseconds. */
const KEEP_MS = 900_000;
/** Losses from which on an activation is remembered: one may be a deploy or a machine that ended. */
const OFTEN = 2;

interface Lost extends TaskNames {
  readonly id: string;
  /** How often it was handed out and lost with its worker. */
  readonly times: number;
  /** Why it was presumed lost the last time, and when, by the monotonic clock. */
  readonly error: string;
  readonly at: number;
  /** How it has ended; undefined: it is in flight. */
  readonly end: End | undefined;
}

/** The activations that were lost with their worker again and again, the last ones. Those that complete later are forgotten. */
export class LostAgain {
  readonly #byId = new Map<string, Lost>();

  lost(found: Omit<Lost, "end">): void {
    if (found.times < OFTEN) return;
    this.#byId.delete(found.id);
    const [oldest] = this.#byId.keys();
    if (this.#byId.size >= MOST && oldest !== undefined) this.#byId.delete(oldest);
    this.#byId.set(found.id, { ...found, end: undefined });
  }

  ended(id: string, end: End): void {
    const known = this.#byId.get(id);
    if (known === undefined) return;
    if (end === "completed") this.#byId.delete(id);
    else this.#byId.set(id, { ...known, end });
  }

  /** The last one first. */
  at(now: number): readonly Lost[] {
    for (const { id, at } of this.#byId.values()) if (now - at >= KEEP_MS) this.#byId.delete(id);
    return [...this.#byId.values()].reverse();
  }
}
