import type { Runner } from "../runner/runner.js";
import { RunnerState } from "./runner-state.js";

/** The runners that are ready for work, with the state of each. */
export class Runners {
  readonly #states = new Map<Runner, RunnerState>();

  get size(): number {
    return this.#states.size;
  }

  get states(): Iterable<RunnerState> {
    return this.#states.values();
  }

  get ready(): boolean {
    return [...this.#states.values()].some(({ takesWork }) => takesWork);
  }

  /** Slots for work that need not be isolated. */
  get free(): number {
    let free = 0;
    for (const state of this.#states.values()) free += state.free;
    return free;
  }

  /** The one with the most free slots, undefined if none has any. */
  get roomiest(): RunnerState | undefined {
    let best: RunnerState | undefined;
    for (const state of this.#states.values()) if (state.free > (best?.free ?? 0)) best = state;
    return best;
  }

  add(runner: Runner, isolated = false): void {
    this.#states.set(runner, new RunnerState(runner, isolated));
  }

  get(runner: Runner): RunnerState | undefined {
    return this.#states.get(runner);
  }

  delete(runner: Runner): void {
    this.#states.delete(runner);
  }

  abortAll(): void {
    for (const { runner } of this.#states.values()) runner.abort("all", "stopping");
  }
}
