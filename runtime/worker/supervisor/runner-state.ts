import type { Claim } from "../claim.js";
import type { Runner } from "../runner/runner.js";

/** A run that was given to a runner and has no outcome yet. */
export interface Running {
  readonly claim: Claim;
  readonly state: RunnerState;
  /** The runner's heartbeats when the run was given to it. */
  readonly heartbeats: number;
}

/** A runner as the supervisor sees it. Times are those of the worker's clock. */
export class RunnerState {
  readonly runner: Runner;
  /** It only has isolated runs, one at a time. */
  readonly isolated: boolean;
  /** Runs in it without an outcome. */
  active = 0;
  /** Runs whose outcome was reported at their deadline and whose handler has not returned. */
  readonly overrunning = new Set<number>();
  /** Cancelled runs among these that keep their slots, because the runner cannot be replaced. */
  readonly occupied = new Set<number>();
  /** Runs seen past their deadline without an outcome. */
  readonly overdue = new Set<number>();
  /** When the first of these was seen. */
  overdueSince: number | undefined;
  /** When its process last sent anything; undefined: it sends nothing by itself. */
  lastHeartbeatAt: number | undefined;
  /** It was found unresponsive at the last check. */
  unresponsive = false;
  /** Its process does not start what it was given: it gets no work until the next sign of life. */
  blocked = false;
  /** Heartbeats received. */
  heartbeats = 0;
  /** It gets no new work. */
  retired = false;
  killed = false;
  #left = false;

  constructor(runner: Runner, isolated = false) {
    this.runner = runner;
    this.isolated = isolated;
  }

  /** It takes new work that need not be isolated. */
  get takesWork(): boolean {
    return !this.retired && !this.killed && !this.isolated;
  }

  /** Free slots for such work. */
  get free(): number {
    return this.takesWork && !this.blocked ? this.runner.slots - this.active - this.occupied.size : 0;
  }

  /** Its process showed that it is alive; returns whether it was blocked until now. */
  heartbeat(now: number): boolean {
    const { blocked } = this;
    this.lastHeartbeatAt = now;
    this.heartbeats += 1;
    this.blocked = false;
    return blocked;
  }

  /** The handler of a run that had ended returned. */
  returned(run: number): void {
    this.overrunning.delete(run);
    this.occupied.delete(run);
  }

  /** A run is over here; it has an outcome, or goes elsewhere. */
  release(run: number): void {
    this.active -= 1;
    if (this.overdue.delete(run) && this.overdue.size === 0) this.overdueSince = undefined;
    if (this.retired && this.active === 0) this.leave();
  }

  /** Ends the runner: no run in it counts any more. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.retired = true;
    if (this.overrunning.size > 0) this.runner.kill();
    else this.runner.end();
  }
}
