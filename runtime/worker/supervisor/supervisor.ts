import type { Clock } from "../../base/clock.js";
import type { Logger } from "../../base/logger.js";
import { BATCH_ACTIVATIONS } from "../../wire/limits.js";
import type { Report } from "../child/messages.js";
import type { RunResult } from "../child/result.js";
import type { Claim } from "../claim.js";
import type { Link } from "../link/link.js";
import type { Runner, RunnerEnd, RunnerOwner } from "../runner/runner.js";
import { Waiters } from "../waiters.js";
import { boundCancelled, signalCancelled } from "./cancelled-runs.js";
import { IsolatedRuns } from "./isolation.js";
import { Links } from "./links.js";
import { Liveness, type LivenessOptions } from "./liveness.js";
import { judgeLostRuns, type Verdict } from "./lost-runs.js";
import { askForUnbegun } from "./rebalance.js";
import { type Finished, RunResults, type RunResultsOptions } from "./run-results.js";
import type { RunnerState, Running } from "./runner-state.js";
import { Runners } from "./runners.js";
import { reportStarts } from "./start-reports.js";
import { WaitingRuns } from "./waiting-runs.js";

/** How often running and waiting work is checked, milliseconds. */
const SWEEP_MS = 100;
const INTERRUPTED = "the worker stopped during the run, and the activation is at-most-once";

interface SupervisorOptions extends LivenessOptions, RunResultsOptions {
  readonly slots: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called when a run must be isolated: asks for one more runner, to be added by addIsolated. */
  readonly startIsolated: () => void;
}

/**
 * Gives the work of the links to runners, keeps track of every run, and starts runs again that were lost with a runner.
 */
export class Supervisor implements RunnerOwner {
  /** Runs started again because their child was lost. */
  reruns = 0;
  /** Keys of parameters that were dropped because no handler declares them. */
  unknownKeys = 0;
  readonly #options: SupervisorOptions;
  readonly #links: Links;
  readonly #liveness: Liveness;
  readonly #results: RunResults;
  readonly #runners = new Runners();
  readonly #running = new Map<number, Running>();
  readonly #waiting: WaitingRuns;
  #scheduled = false;
  #sweeping = false;
  readonly #waiters = new Waiters();

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#links = new Links(options.slots);
    this.#liveness = new Liveness(options);
    this.#results = new RunResults(options);
    this.#waiting = new WaitingRuns(new IsolatedRuns(options.startIsolated));
  }

  get running(): number {
    return this.#running.size + this.#waiting.size;
  }

  get finished(): Readonly<Finished> {
    return this.#results.finished;
  }

  /** Some runner takes new work that need not be isolated. */
  get ready(): boolean {
    return this.#runners.ready;
  }

  /** `task id` of the first `most` runs. */
  names(most: number): string[] {
    const claims = [...[...this.#running.values()].map(({ claim }) => claim), ...this.#waiting.claims];
    return claims.slice(0, most).map((claim) => {
      const { task, id } = this.#options.facts.namesOf(claim);
      return `${task} ${id}`;
    });
  }

  /** Slots that may be used now. */
  get free(): number {
    return Math.max(0, Math.min(this.#runners.free, this.#options.slots - this.running));
  }

  addLink(link: Link): void {
    this.#links.add(link);
  }

  addRunner(runner: Runner): void {
    this.#runners.add(runner);
    this.schedule();
  }

  addIsolated(runner: Runner): void {
    this.#waiting.isolated.runnerReady();
    this.#runners.add(runner, true);
    this.schedule();
  }

  isolatedGone(wasReady: boolean): void {
    this.#waiting.isolated.runnerGone(wasReady);
    this.schedule();
  }

  retire(runner: Runner): void {
    const state = this.#runners.get(runner);
    if (state === undefined) return;
    state.retired = true;
    if (state.active === 0) state.leave();
  }

  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  report(runner: Runner, report: Report): void {
    const now = this.#options.clock.now();
    const state = this.#runners.get(runner);
    for (const run of report.started) {
      const entry = this.#running.get(run);
      if (entry === undefined || entry.state !== state) continue;
      entry.claim.startedAt = now;
      boundCancelled(entry.claim, 0);
      this.#options.observer?.started(entry.claim, now);
    }
    for (const [index, run] of report.completed.entries())
      this.#end(run, { kind: "complete", ran: report.ran[index] ?? 0 }, now);
    for (const { run, result, stillRunning } of report.ended) {
      if (stillRunning && state !== undefined) this.#liveness.watchOverrun(state, run, result);
      this.#end(run, result, now);
    }
    for (const run of report.interrupted) this.#interrupted(run);
    this.unknownKeys += report.unknownKeys ?? 0;
    for (const run of report.late) state?.returned(run);
    if (state !== undefined) state.blocked = false;
    if (state?.lastHeartbeatAt !== undefined) state.lastHeartbeatAt = now;
    this.schedule();
  }

  heartbeat(runner: Runner): void {
    const unblocked = this.#runners.get(runner)?.heartbeat(this.#options.clock.now());
    if (unblocked === true) this.schedule();
  }

  /** Runs that a child has not begun run elsewhere; a child that a handler blocks gets nothing more for now. */
  takenBack(runner: Runner, taken: readonly number[], begun: readonly number[]): void {
    for (const run of begun) {
      const entry = this.#running.get(run);
      if (entry?.state.runner === runner) entry.claim.asked = "begun";
    }
    for (const run of taken) {
      const entry = this.#running.get(run);
      if (entry?.state.runner !== runner) continue;
      const claim = this.#leave(run);
      if (claim === undefined) continue;
      claim.startedAt = undefined;
      entry.state.blocked ||= claim.cancelledAt === undefined;
      if (claim.forgotten) this.#notify();
      else if (claim.cancelledAt !== undefined) this.#giveBack(claim);
      else this.#waiting.add(claim);
    }
    this.schedule();
  }

  gone(runner: Runner, end: RunnerEnd): void {
    const state = this.#runners.get(runner);
    if (state === undefined) return;
    this.#runners.delete(runner);
    const claims = [...this.#running.values()].filter((entry) => entry.state === state).map(({ claim }) => claim);
    // The run that started last is the most likely culprit and is isolated first.
    claims.sort((one, other) => (other.startedAt ?? 0) - (one.startedAt ?? 0));
    for (const [claim, verdict] of judgeLostRuns(claims, end, state.overdue, this.#options.facts))
      this.#lose(claim, verdict);
    this.schedule();
  }

  /** Gives runs that wait for a runner back to their brokers: there will be none. */
  handBack(): void {
    for (const claim of this.#waiting.remove(() => true)) claim.source.giveBack([claim]);
    this.#notify();
  }

  /** The claim of a run no longer counts. */
  forgotten(claim: Claim): void {
    this.#waiting.remove((other) => other === claim);
    this.#running.get(claim.run)?.state.runner.abort([claim.run], "claim_lost");
    this.#notify();
  }

  /** A person cancelled the claim of a run: its handler gets the signal, or never starts. */
  cancelled(claim: Claim): void {
    if (this.#waiting.remove((other) => other === claim).length > 0) {
      this.#settle(claim, { kind: "cancelled", error: "its run was lost with its child process" });
      this.schedule();
      return;
    }
    const entry = this.#running.get(claim.run);
    if (entry !== undefined) signalCancelled(entry, this.#options.clock.now());
  }

  abortAll(): void {
    this.#runners.abortAll();
  }

  /** Resolves when nothing runs. */
  async idle(): Promise<void> {
    while (this.running > 0) await this.#waiters.next();
  }

  #pump(): void {
    this.#expireWaiting();
    this.#dispatch();
    this.#dispatchIsolated();
    const wanting = this.#runners.size > 0 && this.#links.grant(this.free);
    if (wanting || this.running > 0 || this.#links.unstarted) this.#sweepLater();
  }

  /** Ends runs whose time passed while they waited to start again: their broker no longer waits for them. */
  #expireWaiting(): void {
    if (this.#waiting.size === 0) return;
    const now = this.#options.clock.now();
    const late = this.#waiting.remove((claim) => claim.left(now) <= 0);
    if (late.length === 0) return;
    for (const claim of late) claim.source.expire(claim);
    this.#notify();
  }

  /** Runs to start again first, then new work. */
  #dispatch(): void {
    const orders = new Map<RunnerState, Claim[]>();
    for (let free = this.free + this.#waiting.shared; free > 0; ) {
      const state = this.#runners.roomiest;
      if (state === undefined) break;
      const count = Math.min(state.free, BATCH_ACTIVATIONS, free);
      const claims = this.#waiting.take(count);
      this.#links.take(claims, count);
      if (claims.length === 0) break;
      free -= claims.length;
      for (const claim of claims) this.#enter(claim, state);
      state.active += claims.length;
      const batch = orders.get(state);
      if (batch === undefined) orders.set(state, claims);
      else batch.push(...claims);
    }
    for (const [state, claims] of orders) state.runner.run(claims);
  }

  #dispatchIsolated(): void {
    for (const state of this.#runners.states) {
      if (!state.isolated || state.active > 0 || state.killed || state.retired) continue;
      const claim = this.#waiting.isolated.next();
      if (claim === undefined) {
        state.leave();
        continue;
      }
      this.#enter(claim, state);
      state.active = 1;
      state.runner.run([claim]);
    }
    this.#waiting.isolated.startRunners();
  }

  #enter(claim: Claim, state: RunnerState): void {
    const now = this.#options.clock.now();
    claim.handedAt = now;
    claim.deadline = Math.max(1, claim.left(now));
    claim.asked = "no";
    this.#running.set(claim.run, { claim, state, heartbeats: state.heartbeats });
  }

  #end(run: number, result: RunResult, now: number): void {
    const claim = this.#leave(run);
    if (claim === undefined) return;
    if (claim.startedAt !== undefined) this.#links.runEnded(now - claim.startedAt);
    this.#settle(claim, result);
  }

  /** The worker's stop interrupted a started run: another worker runs it, unless it may start only once. */
  #interrupted(run: number): void {
    const claim = this.#leave(run);
    if (claim === undefined) return;
    if (this.#options.facts.atMostOnce(claim)) {
      this.#settle(claim, { kind: "failure", reason: "worker_lost", error: INTERRUPTED });
      return;
    }
    this.#giveBack(claim);
  }

  #giveBack(claim: Claim): void {
    claim.source.giveBack([claim]);
    this.#notify();
  }

  #leave(run: number): Claim | undefined {
    const entry = this.#running.get(run);
    if (entry === undefined) return undefined;
    this.#running.delete(run);
    entry.state.release(run);
    return entry.claim;
  }

  #settle(claim: Claim, result: RunResult): void {
    this.#results.add(claim, result, this.#options.clock.now());
    claim.source.finish(claim, result);
    this.#notify();
  }

  #lose(claim: Claim, verdict: Verdict): void {
    this.#running.delete(claim.run);
    if (claim.forgotten) {
      this.#notify();
    } else if (verdict === "rerun" || verdict === "isolate") {
      this.reruns += claim.lost > 0 ? 1 : 0;
      claim.startedAt = undefined;
      if (verdict === "isolate") this.#waiting.isolated.add(claim);
      else this.#waiting.add(claim);
    } else this.#settle(claim, verdict);
  }

  #sweepLater(): void {
    if (this.#sweeping) return;
    this.#sweeping = true;
    this.#options.clock.after(SWEEP_MS, () => {
      this.#sweeping = false;
      this.#sweep(this.#options.clock.now());
      this.schedule();
    });
  }

  #sweep(now: number): void {
    this.#liveness.check(this.#running.values(), this.#runners.states, now);
    askForUnbegun(this.#running.values(), this.free, now);
    reportStarts(this.#running.values(), this.#waiting.claims, now);
    this.#links.giveBackWaiting(now);
  }

  #notify(): void {
    if (this.running === 0) this.#waiters.notify();
  }
}
