import type { Clock } from "../../base/clock.js";
import type { Logger } from "../../base/logger.js";
import { BATCH_ACTIVATIONS } from "../../wire/limits.js";
import type { Report } from "../child/messages.js";
import type { RunResult } from "../child/result.js";
import type { Job } from "../job.js";
import type { Link } from "../link/link.js";
import { shareCredit } from "../link/share-credit.js";
import type { Runner, RunnerEnd } from "../runner/runner.js";
import { judgeLostRuns, type Verdict } from "./lost-runs.js";
import { Prefetch } from "./prefetch.js";
import { askForUnbegun, type Running } from "./rebalance.js";
import { RunnerState } from "./runner-state.js";
import type { TaskFactsCache } from "./task-facts-cache.js";

/** How often running and waiting work is looked at, milliseconds. */
const SWEEP_MS = 100;
/** Only runs longer than this are reported to the broker, milliseconds. */
const REPORT_AFTER_MS = 100;
/** Past its deadline by this, a run without an outcome means that its child does not answer, milliseconds. */
const SILENT_MS = 300;
/** So long after it was found not to answer, a child is killed, milliseconds: its replacement is loading meanwhile. */
const KILL_AFTER_MS = 400;
/** A child that says nothing for so long is blocked, milliseconds. */
const DEAF_MS = 3000;
/** A child that gave this many signs of life, one a second, since it was given an order, and did not start it, does not hear. */
const DEAF_BEATS = 5;
/** The broker hears so often of work that waits to start again, milliseconds. */
const WAITING_TOLD_MS = 1000;
/** When work has waited so long for a slot, all that waits is given back: another worker may have one, milliseconds. */
const WAITED_MS = 1000;

export interface SupervisorOptions {
  readonly slots: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly facts: TaskFactsCache;
  /** Called when a runner should be replaced though it still lives. */
  readonly recycle: (runner: Runner, why: string) => void;
  /** Called when a run must be alone in a child: asks for one more runner, to be added by addIsolated. */
  readonly isolated: () => void;
  /** Counts runs, when somebody asks for the counts. */
  readonly observer?: RunObserver;
  /** The level at which each completed run is logged. Default: not at all. */
  readonly completions?: "debug" | "info";
}

export interface RunObserver {
  started(job: Job, now: number): void;
  ended(job: Job, result: RunResult, now: number): void;
}

export interface Finished {
  complete: number;
  retry: number;
  failure: number;
}

/** Shares slots among links and runners, keeps track of every run, and decides what a lost runner means for its runs. */
export class Supervisor {
  readonly finished: Finished = { complete: 0, retry: 0, failure: 0 };
  /** Runs started again because their child was lost. */
  reruns = 0;
  /** Keys of parameters that were dropped because no handler declares them. */
  unknownKeys = 0;
  readonly #options: SupervisorOptions;
  readonly #prefetch: Prefetch;
  readonly #links: Link[] = [];
  readonly #states = new Map<Runner, RunnerState>();
  readonly #running = new Map<number, Running>();
  /** Runs lost with their child, to be started again. */
  #again: Job[] = [];
  /** Of these, the ones lost so often that they might be what ends children: they run alone. */
  #suspects: Job[] = [];
  /** Runners for suspects, and how many of them are not ready yet. */
  #isolatedRunners = 0;
  #isolatedComing = 0;
  #turn = 0;
  #firstShare = 0;
  #scheduled = false;
  #sweeping = false;
  #watchers: (() => void)[] = [];

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#prefetch = new Prefetch(options.slots);
  }

  get running(): number {
    return this.#running.size + this.#again.length + this.#suspects.length;
  }

  get runners(): readonly RunnerState[] {
    return [...this.#states.values()];
  }

  /** `task id` of the first `most` runs. */
  names(most: number): string[] {
    const jobs = [...[...this.#running.values()].map(({ job }) => job), ...this.#again, ...this.#suspects];
    return jobs.slice(0, most).map((job) => {
      const { task, id } = this.#options.facts.namesOf(job);
      return `${task} ${id}`;
    });
  }

  /** Slots that may be used now. */
  get free(): number {
    let free = 0;
    for (const state of this.#states.values()) free += state.free;
    return Math.max(0, Math.min(free, this.#options.slots - this.running));
  }

  addLink(link: Link): void {
    this.#links.push(link);
  }

  /** A runner that is ready for work. */
  addRunner(runner: Runner): void {
    this.#states.set(runner, new RunnerState(runner));
    this.schedule();
  }

  /** A runner for suspects, ready for work. */
  addIsolated(runner: Runner): void {
    this.#isolatedComing -= 1;
    this.#states.set(runner, new RunnerState(runner, true));
    this.schedule();
  }

  /** A runner for suspects ended; `wasReady`: addIsolated was called for it. */
  isolatedGone(wasReady: boolean): void {
    this.#isolatedRunners -= 1;
    if (!wasReady) this.#isolatedComing -= 1;
    this.schedule();
  }

  /** It gets no new work and is ended when its runs are over. */
  retire(runner: Runner): void {
    const state = this.#states.get(runner);
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
    const state = this.#states.get(runner);
    for (const run of report.started) {
      const entry = this.#running.get(run);
      if (entry === undefined || entry.state !== state) continue;
      entry.job.startedAt = now;
      this.#options.observer?.started(entry.job, now);
    }
    for (const run of report.completed) this.#end(run, COMPLETE, now);
    for (const { run, result, stillRunning } of report.ended) {
      if (stillRunning) this.#overrun(runner, run);
      this.#end(run, result, now);
    }
    for (const run of report.interrupted) this.#release(run);
    this.unknownKeys += report.unknownKeys ?? 0;
    for (const run of report.late) state?.overrunning.delete(run);
    if (state !== undefined) state.blocked = false;
    if (state?.lastHeartbeatAt !== undefined) state.lastHeartbeatAt = now;
    this.schedule();
  }

  /** Its process answers. */
  heard(runner: Runner): void {
    const state = this.#states.get(runner);
    if (state === undefined) return;
    state.lastHeartbeatAt = this.#options.clock.now();
    state.heartbeats += 1;
    if (!state.blocked) return;
    state.blocked = false;
    this.schedule();
  }

  /** What a child has not begun runs elsewhere; where a handler blocks it, nothing more is given to it for now. */
  takenBack(runner: Runner, taken: readonly number[], begun: readonly number[]): void {
    for (const run of begun) {
      const entry = this.#running.get(run);
      if (entry?.state.runner === runner) entry.job.asked = "begun";
    }
    for (const run of taken) {
      const entry = this.#running.get(run);
      if (entry?.state.runner !== runner) continue;
      entry.state.blocked = true;
      const job = this.#leave(run);
      if (job === undefined) continue;
      job.startedAt = undefined;
      if (job.forgotten) this.#notify();
      else this.#again.push(job);
    }
    this.schedule();
  }

  /** Gives runs that wait for a runner back to their brokers: there will be none. */
  handBack(): void {
    for (const job of [...this.#again.splice(0), ...this.#suspects.splice(0)]) job.link.giveBack([job]);
    this.#notify();
  }

  gone(runner: Runner, end: RunnerEnd): void {
    const state = this.#states.get(runner);
    if (state === undefined) return;
    this.#states.delete(runner);
    const jobs = [...this.#running.values()].filter((entry) => entry.state === state).map(({ job }) => job);
    // What was started last is most likely to blame, and is found out first.
    jobs.sort((one, other) => (other.startedAt ?? 0) - (one.startedAt ?? 0));
    for (const [job, verdict] of judgeLostRuns(jobs, end, state.overdue, this.#options.facts)) this.#lose(job, verdict);
    this.schedule();
  }

  /** The claim of a running job no longer counts. */
  forgotten(job: Job): void {
    this.#again = this.#again.filter((other) => other !== job);
    this.#suspects = this.#suspects.filter((other) => other !== job);
    this.#running.get(job.run)?.state.runner.abort([job.run], "claim_lost");
    this.#notify();
  }

  abortAll(): void {
    for (const { runner } of this.#states.values()) runner.abort("all", "stopping");
  }

  /** Resolves when nothing runs. */
  async idle(): Promise<void> {
    while (this.running > 0) await new Promise<void>((resolve) => this.#watchers.push(resolve));
  }

  #pump(): void {
    this.#dropLate();
    this.#dispatch();
    this.#dispatchSuspects();
    const wanting = this.#grant();
    if (wanting || this.running > 0 || this.#links.some((link) => link.unstarted > 0)) this.#sweepLater();
  }

  /** Runs whose time passed while they waited to start again: their broker no longer counts on them. */
  #dropLate(): void {
    const now = this.#options.clock.now();
    const late = [...this.#again, ...this.#suspects].filter((job) => job.left(now) <= 0);
    if (late.length === 0) return;
    this.#again = this.#again.filter((job) => !late.includes(job));
    this.#suspects = this.#suspects.filter((job) => !late.includes(job));
    for (const job of late) job.link.late(job);
    this.#notify();
  }

  #dispatch(): void {
    const orders = new Map<RunnerState, Job[]>();
    for (let free = this.free + this.#again.length; free > 0; ) {
      const state = this.#roomiest();
      if (state === undefined) break;
      const jobs = this.#next(Math.min(state.free, BATCH_ACTIVATIONS, free));
      if (jobs.length === 0) break;
      free -= jobs.length;
      for (const job of jobs) this.#enter(job, state);
      state.active += jobs.length;
      const batch = orders.get(state);
      if (batch === undefined) orders.set(state, jobs);
      else batch.push(...jobs);
    }
    for (const [state, jobs] of orders) state.runner.run(jobs);
  }

  #dispatchSuspects(): void {
    for (const state of this.#states.values()) {
      if (!state.isolated || state.active > 0 || state.killed || state.retired) continue;
      const job = this.#suspects.shift();
      if (job === undefined) {
        state.leave();
        continue;
      }
      this.#enter(job, state);
      state.active = 1;
      state.runner.run([job]);
    }
    for (let wanted = this.#suspects.length; wanted > this.#isolatedComing && this.#isolatedRunners < MOST_ISOLATED; ) {
      this.#isolatedRunners += 1;
      this.#isolatedComing += 1;
      this.#options.isolated();
    }
  }

  #enter(job: Job, state: RunnerState): void {
    const now = this.#options.clock.now();
    job.handedAt = now;
    job.deadline = Math.max(1, job.left(now));
    job.asked = "no";
    this.#running.set(job.run, { job, state, heartbeats: state.heartbeats });
  }

  #roomiest(): RunnerState | undefined {
    let best: RunnerState | undefined;
    for (const state of this.#states.values()) if (state.free > (best?.free ?? 0)) best = state;
    return best;
  }

  /** Lost runs first, then the links in turn. */
  #next(count: number): Job[] {
    const jobs = this.#again.splice(0, count);
    for (let tried = 0; tried < this.#links.length && jobs.length < count; tried += 1) {
      this.#turn = (this.#turn + 1) % this.#links.length;
      jobs.push(...(this.#links[this.#turn]?.take(count - jobs.length) ?? []));
    }
    return jobs;
  }

  /** Shares free slots and what is worth holding back among the brokers; whether one is left that wants more. */
  #grant(): boolean {
    const links = this.#links.filter((link) => link.connected);
    if (links.length === 0 || this.#states.size === 0) return false;
    const { free } = this;
    this.#firstShare += 1;
    const shares = shareCredit(links, free, this.#prefetch.count(), this.#firstShare);
    links.forEach((link, index) => {
      const share = shares[index];
      if (share?.withdraw === true) link.withdraw();
      else link.grant(share?.grant ?? 0);
    });
    return links.some((link) => link.hungry && link.credit === 0);
  }

  #end(run: number, result: RunResult, now: number): void {
    const job = this.#leave(run);
    if (job === undefined) return;
    if (job.startedAt !== undefined) this.#prefetch.ended(now - job.startedAt);
    this.#settle(job, result);
  }

  /** It had started and was interrupted by the worker's stop: another worker runs it, unless it may start only once. */
  #release(run: number): void {
    const job = this.#leave(run);
    if (job === undefined) return;
    if (this.#options.facts.atMostOnce(job)) {
      this.#settle(job, { kind: "failure", reason: "worker_lost", error: INTERRUPTED });
      return;
    }
    job.link.giveBack([job]);
    this.#notify();
  }

  #leave(run: number): Job | undefined {
    const entry = this.#running.get(run);
    if (entry === undefined) return undefined;
    this.#running.delete(run);
    entry.state.active -= 1;
    if (entry.state.overdue.delete(run) && entry.state.overdue.size === 0) entry.state.overdueSince = undefined;
    if (entry.state.retired && entry.state.active === 0) entry.state.leave();
    return entry.job;
  }

  #settle(job: Job, result: RunResult): void {
    this.finished[result.kind] += 1;
    const now = this.#options.clock.now();
    this.#options.observer?.ended(job, result, now);
    this.#tell(job, result, now);
    job.link.finish(job, result);
    this.#notify();
  }

  #tell(job: Job, result: RunResult, now: number): void {
    const { log, facts, completions } = this.#options;
    if (result.kind === "complete") {
      if (completions === undefined) return;
      const took = job.startedAt === undefined ? "" : ` in ${Math.round(now - job.startedAt)} ms`;
      log[completions](`completed${took}`, facts.namesOf(job));
      return;
    }
    const { reason, error, stack } = result;
    const delay = result.kind === "retry" ? result.delay : undefined;
    const message = result.kind === "retry" ? "run failed; it is retried" : "run failed for good";
    const level = result.silenced === true ? "debug" : "warn";
    const fields = { ...facts.namesOf(job), reason, error, delay, owner: facts.ownerOf(job) };
    log[level](message, { ...fields, ...(stack === undefined ? {} : { stack }) });
  }

  /** Its handler goes on although its outcome is told: unless it returns soon, its runner is replaced. */
  #overrun(runner: Runner, run: number): void {
    const state = this.#states.get(runner);
    if (state === undefined) return;
    state.overrunning.add(run);
    this.#options.clock.after(OVERRUN_MS, () => {
      if (state.overrunning.has(run)) this.#options.recycle(runner, "a handler goes on after its deadline");
    });
  }

  #lose(job: Job, verdict: Verdict): void {
    this.#running.delete(job.run);
    if (job.forgotten) {
      this.#notify();
    } else if (verdict === "again" || verdict === "alone") {
      this.reruns += job.lost > 0 ? 1 : 0;
      job.startedAt = undefined;
      (verdict === "alone" ? this.#suspects : this.#again).push(job);
    } else this.#settle(job, verdict);
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
    const starts = new Map<Link, { claim: number; since: number }[]>();
    const tell = (job: Job, since: number): void => {
      job.announced = true;
      job.toldAt = now;
      const list = starts.get(job.link);
      if (list === undefined) starts.set(job.link, [{ claim: job.claim, since }]);
      else list.push({ claim: job.claim, since });
    };
    const busy = new Set<RunnerState>();
    const waiting = new Set<RunnerState>();
    const unheard = new Set<RunnerState>();
    for (const { job, state, heartbeats } of this.#running.values()) {
      if (job.startedAt === undefined) {
        if (now - job.handedAt > DEAF_MS) waiting.add(state);
        if (now - job.handedAt > DEAF_MS && state.heartbeats - heartbeats >= DEAF_BEATS) unheard.add(state);
        continue;
      }
      if (state.overrunning.size === 0) busy.add(state);
      const since = now - job.startedAt;
      if ((!job.announced || job.toldAt < job.startedAt) && since >= REPORT_AFTER_MS && job.link.connected)
        tell(job, since);
      if (since > job.deadline + SILENT_MS) this.#silent(state, job, now);
    }
    for (const state of this.#states.values()) this.#listen(state, busy.has(state), waiting.has(state), now);
    for (const state of unheard) this.#kill(state, "a child does not hear what it is given");
    askForUnbegun(this.#running.values(), this.free, now);
    // The broker presumes them lost at their deadline unless it hears that they start later.
    for (const job of [...this.#again, ...this.#suspects]) {
      if (job.toldAt === 0 || !job.link.connected || now - job.toldAt < WAITING_TOLD_MS) continue;
      tell(job, 0);
    }
    for (const [link, list] of starts) link.started(list);
    this.#returnWaiting(now);
  }

  /**
   * The child is killed a while after it was found not to answer: one look might only mean that this process was held
   * up. Its replacement starts at once, so that the slot is there in time however long the handlers take to load.
   */
  #silent(state: RunnerState, job: Job, now: number): void {
    state.overdueSince ??= now;
    if (!state.overdue.has(job.run)) {
      state.overdue.add(job.run);
      this.#options.recycle(state.runner, "it does not answer after a deadline");
      return;
    }
    if (state.isolated || now - state.overdueSince >= KILL_AFTER_MS)
      this.#kill(state, "a child does not answer after a deadline");
  }

  /**
   * A child that says nothing is blocked. While a run of it is within its deadline the run may do that; a handler that
   * goes on after its deadline, or code that belongs to no run, may not.
   */
  #listen(state: RunnerState, busy: boolean, waiting: boolean, now: number): void {
    const unresponsive =
      !busy &&
      (waiting || state.overrunning.size > 0) &&
      state.lastHeartbeatAt !== undefined &&
      now - state.lastHeartbeatAt > DEAF_MS;
    if (unresponsive && state.unresponsive) this.#kill(state, "a child is blocked by what belongs to no run");
    state.unresponsive = unresponsive;
  }

  #kill(state: RunnerState, why: string): void {
    if (state.killed) return;
    state.killed = true;
    this.#options.log.warn(`${why} and is killed`, { child: state.runner.name });
    state.runner.kill();
  }

  #returnWaiting(now: number): void {
    let returned = 0;
    for (const link of this.#links) returned += link.giveBackOlder(now - WAITED_MS);
    if (returned > 0) this.#prefetch.stalled();
  }

  #notify(): void {
    if (this.running > 0) return;
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) watcher();
  }
}

/** So many runs are alone in a child at once. */
const MOST_ISOLATED = 4;
/** A handler that heeds its signal returns within this after its deadline, milliseconds. */
const OVERRUN_MS = 500;
const INTERRUPTED = "its worker stopped while it ran, and it may start only once";
const COMPLETE: RunResult = { kind: "complete" };
