import type { Job } from "../job.js";
import type { IsolatedRuns } from "./isolation.js";

/** Runs that were lost with their child or taken back from it and wait to start again, isolated or with others. */
export class WaitingRuns {
  readonly isolated: IsolatedRuns;
  #shared: Job[] = [];

  constructor(isolated: IsolatedRuns) {
    this.isolated = isolated;
  }

  get size(): number {
    return this.#shared.length + this.isolated.size;
  }

  /** Those that need not be isolated. */
  get shared(): number {
    return this.#shared.length;
  }

  get jobs(): readonly Job[] {
    return [...this.#shared, ...this.isolated.waiting];
  }

  add(job: Job): void {
    this.#shared.push(job);
  }

  /** At most `count` runs that need not be isolated. */
  take(count: number): Job[] {
    return this.#shared.splice(0, count);
  }

  /** Removes and returns the runs that `matches` accepts. */
  remove(matches: (job: Job) => boolean): Job[] {
    if (this.size === 0) return [];
    const removed = this.#shared.filter(matches);
    if (removed.length > 0) this.#shared = this.#shared.filter((job) => !removed.includes(job));
    return [...removed, ...this.isolated.remove(matches)];
  }
}
