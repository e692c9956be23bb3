import type { Clock } from "../../base/clock.js";
import type { Logger } from "../../base/logger.js";
import type { RunResult } from "../child/result.js";
import type { Claim } from "../claim.js";
import type { Runner } from "../runner/runner.js";
import type { RunnerState, Running } from "./runner-state.js";

/** A run this long past its deadline without an outcome means that its child is unresponsive, milliseconds. */
const OVERDUE_MS = 300;
/** Grace before an unresponsive child is killed, milliseconds: its replacement is loading. */
const KILL_AFTER_MS = 400;
/** A child that sends nothing for this long is blocked, milliseconds. */
const SILENT_MS = 3000;
/**
 * A child that sent this many heartbeats, one a second, and did not start a run it was given does not receive its runs.
 */
const UNSTARTED_HEARTBEATS = 5;
/** A handler that heeds its signal returns within this time after its deadline, milliseconds. */
const OVERRUN_MS = 500;

export interface LivenessOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Called when a runner should be replaced though it is still alive. */
  readonly recycle: (runner: Runner, why: string) => void;
}

/** Watches whether runners get on with their runs; has those that do not replaced, and kills them. */
export class Liveness {
  readonly #options: LivenessOptions;

  constructor(options: LivenessOptions) {
    this.#options = options;
  }

  /** A handler goes on although its outcome was reported: its runner is replaced unless it returns soon. */
  watchOverrun(state: RunnerState, run: number, result: RunResult): void {
    state.overrunning.add(run);
    // Nothing can end a handler in this process: its slot is free when it returns.
    if (result.kind === "cancelled" && state.runner.takeBack === undefined) state.occupied.add(run);
    this.#options.clock.after(OVERRUN_MS, () => {
      if (state.overrunning.has(run))
        this.#options.recycle(state.runner, "a handler is still running after its outcome was reported");
    });
  }

  /** One look at all runs and runners. */
  check(running: Iterable<Running>, states: Iterable<RunnerState>, now: number): void {
    const busy = new Set<RunnerState>();
    const waiting = new Set<RunnerState>();
    const unstarted = new Set<RunnerState>();
    for (const { claim, state, heartbeats } of running) {
      if (claim.startedAt === undefined) {
        if (now - claim.handedAt <= SILENT_MS) continue;
        waiting.add(state);
        if (state.heartbeats - heartbeats >= UNSTARTED_HEARTBEATS) unstarted.add(state);
        continue;
      }
      if (state.overrunning.size === 0) busy.add(state);
      if (now - claim.startedAt > claim.deadline + OVERDUE_MS) this.#overdue(state, claim, now);
    }
    for (const state of states) this.#listen(state, busy.has(state), waiting.has(state), now);
    for (const state of unstarted) this.#kill(state, "it does not start the runs it is given");
  }

  /**
   * The child is killed a while after it was found unresponsive: a single look might only mean that this process was
   * held up. Its replacement starts at once, so that the slot is there in time however long the handlers take to load.
   */
  #overdue(state: RunnerState, claim: Claim, now: number): void {
    state.overdueSince ??= now;
    if (!state.overdue.has(claim.run)) {
      state.overdue.add(claim.run);
      this.#options.recycle(state.runner, "it does not respond after a run's deadline");
      return;
    }
    if (state.isolated || now - state.overdueSince >= KILL_AFTER_MS)
      this.#kill(state, "it does not respond after a run's deadline");
  }

  /**
   * A child that sends nothing is blocked. A run within its deadline may block it; a handler that goes on after its
   * deadline, or code that belongs to no run, may not.
   */
  #listen(state: RunnerState, busy: boolean, waiting: boolean, now: number): void {
    const { lastHeartbeatAt } = state;
    const unresponsive =
      !busy &&
      (waiting || state.overrunning.size > 0) &&
      lastHeartbeatAt !== undefined &&
      now - lastHeartbeatAt > SILENT_MS;
    if (unresponsive && state.unresponsive) this.#kill(state, "it is blocked by code that belongs to no run");
    state.unresponsive = unresponsive;
  }

  #kill(state: RunnerState, why: string): void {
    if (state.killed) return;
    state.killed = true;
    this.#options.log.warn(`killing a child: ${why}`, { child: state.runner.name });
    state.runner.kill();
  }
}
