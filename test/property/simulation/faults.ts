import type { Workers } from "./actors.js";
import type { World } from "./world.js";

/** In all: finished ids are remembered for longer. */
const LONGEST_SLEEP_MS = 20 * 3_600_000;

/** What goes wrong in a world beside its broker. */
export class Faults {
  readonly #world: World;
  readonly #workers: Workers;
  #slept = 0;

  constructor(world: World, workers: Workers) {
    this.#world = world;
    this.#workers = workers;
  }

  /** Bytes of the journal's file change on the disk while the broker is down. */
  damage(places: readonly number[]): void {
    this.#world.kill(() => {
      this.#world.journal.flip(places);
      this.#world.oracle.damaged = true;
    });
  }

  /** The machine sleeps: the steady clock stands still, and what became due meanwhile is due at once. */
  sleep(milliseconds: number): void {
    if (this.#slept + milliseconds > LONGEST_SLEEP_MS) return;
    this.#slept += milliseconds;
    const { parts, now } = this.#world;
    this.#world.lead += milliseconds;
    const running = [...parts.rows].filter(({ state, claimUntil }) => state === "processing" && claimUntil > now);
    this.#world.apply({ kind: "tick" });
    for (const { facts, state } of running) {
      if (state !== "processing") throw new Error(`${facts.id} was running, and is ${state} after a sleep`);
    }
    // What is not to stay in memory comes back by load.
    for (const { facts, state, transient } of parts.rows) {
      if (state === "delayed" && !transient && facts.due <= this.#world.wall) throw new Error(`${facts.id} is overdue`);
    }
    this.#world.oracle.reached.add("slept");
  }

  /** Two workers, one after the other, die with what they were handed. */
  loseTwice(count: number): void {
    for (let time = 0; time < 2; time += 1) {
      this.#workers.open([0, 1, 2]);
      const worker = this.#workers.all.at(-1);
      if (worker === undefined) return;
      this.#workers.credit(worker, count);
      for (let run = 0; run < count; run += 1) this.#workers.startRun(worker, true);
      this.#workers.kill(worker);
      this.#world.advance(12_000);
    }
  }
}
