import type { Runner } from "../runner/runner.js";

/** A runner as the supervisor sees it. */
export class RunnerState {
  readonly runner: Runner;
  /** It only runs suspects, one at a time. */
  readonly isolated: boolean;
  /** Runs in it whose outcome is not told yet. */
  active = 0;
  /** Runs whose outcome was told at their deadline, and whose handler goes on. */
  readonly overrunning = new Set<number>();
  /** Runs seen past their deadline without an outcome. */
  readonly overdue = new Set<number>();
  /** When the first of these was seen. */
  overdueSince: number | undefined;
  /** When its process was heard of the last time, by the worker's clock; undefined: it says nothing by itself. */
  lastHeartbeatAt: number | undefined;
  /** It was found unresponsive at the last look. */
  unresponsive = false;
  /** Its process does not get on with what it was given: it gets no work until it is heard of again. */
  blocked = false;
  /** Signs of life that its process has given. */
  heartbeats = 0;
  /** It gets no new work. */
  retired = false;
  killed = false;
  #left = false;

  constructor(runner: Runner, isolated = false) {
    this.runner = runner;
    this.isolated = isolated;
  }

  /** For any work. */
  get free(): number {
    return this.retired || this.killed || this.isolated || this.blocked ? 0 : this.runner.slots - this.active;
  }

  /** Nothing that counts runs in it any more. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.retired = true;
    if (this.overrunning.size > 0) this.runner.kill();
    else this.runner.end();
  }
}
