import type { Clock } from "../../base/clock.js";
import { messageOf } from "../../base/errors.js";
import type { Logger } from "../../base/logger.js";
import type { Fault, RegistryFacts, Vitals } from "../child/messages.js";
import { HandlersModuleError } from "../errors.js";
import { Waiters } from "../waiters.js";
import { type ChildEvents, ChildRunner } from "./child-runner.js";
import { CrashLoop, type CrashLoopState } from "./crash-loop.js";
import type { HandlersModule } from "./handlers-module.js";
import { logFault } from "./log-fault.js";
import { heapArguments, memoryLimitProblem, type RecyclingLimits, recycleReason } from "./recycling.js";
import type { Runner, RunnerEnd, RunnerOwner } from "./runner.js";

/** A handlers module must have loaded within this, milliseconds. */
const LOAD_MS = 60_000;
/** A child that lived this long after it was ready is not part of a crash loop, milliseconds. */
const LASTING_MS = 10_000;
/** A child whose code keeps failing outside its runs is not replaced more often than this, milliseconds. */
const FAULT_REPLACEMENT_MS = 1000;

interface ChildrenOptions {
  readonly module: HandlersModule;
  /** How many slots each child has. */
  readonly slots: readonly number[];
  readonly environment: Readonly<Record<string, string>>;
  readonly recycling: RecyclingLimits;
  readonly output?: ChildEvents["output"];
  readonly clock: Clock;
  readonly log: Logger;
}

/** A child process as of its last heartbeat. */
export interface ChildStats {
  readonly pid: number;
  /** Resident bytes; undefined before the first heartbeat. */
  readonly rss: number | undefined;
  /** The largest lag of its event loop within the second before, milliseconds. */
  readonly lag: number | undefined;
  /** Runs given to it. */
  readonly tasks: number;
  /** Since its start, milliseconds. */
  readonly age: number;
}

/** The child processes of a worker: starts them, replaces those that end or should end, and ends them all. */
export class Children {
  readonly #options: ChildrenOptions;
  readonly #places: readonly Place[];
  /** Where the children for isolated runs come and go. */
  readonly #isolated: Place;
  readonly #alive = new Map<ChildRunner, Child>();
  readonly #waits = new Set<() => void>();
  #owner: RunnerOwner | undefined;
  #stopping = false;
  /** Woken when a child has ended during stop(). */
  readonly #waiters = new Waiters();
  /** Children that ended without being asked. */
  deaths = 0;
  /** Children that were replaced while they lived. */
  recycled = 0;

  constructor(options: ChildrenOptions) {
    this.#options = options;
    const place = (slots: number): Place => ({ slots, loop: new CrashLoop(options.clock, options.log) });
    this.#places = options.slots.map(place);
    this.#isolated = place(1);
  }

  get pids(): number[] {
    return this.list.map(({ pid }) => pid);
  }

  get list(): ChildStats[] {
    const now = this.#options.clock.now();
    return [...this.#alive].flatMap(([{ pid, vitals, tasks }, { since }]) =>
      pid === undefined ? [] : [{ pid, rss: vitals?.rss, lag: vitals?.lag, tasks, age: now - since }],
    );
  }

  /** The crash loop with the most deaths, undefined if there is none. */
  get crashLoop(): CrashLoopState | undefined {
    return [...this.#places, this.#isolated]
      .flatMap(({ loop }) => loop.state ?? [])
      .reduce<CrashLoopState | undefined>(
        (worst, state) => (state.deaths > (worst?.deaths ?? 0) ? state : worst),
        undefined,
      );
  }

  /**
   * Starts the first child and resolves with the facts of its module. Rejects with HandlersModuleError; then no child
   * is left.
   */
  first(): Promise<RegistryFacts> {
    const { module, clock, recycling, log } = this.#options;
    const [place = this.#isolated] = this.#places;
    return new Promise<RegistryFacts>((resolve, reject) => {
      const fail = (problem: string): void => {
        cancel();
        this.stop(true)
          .catch((error: unknown) => {
            log.error("cannot end the child processes", { error: messageOf(error) });
          })
          .finally(() => reject(new HandlersModuleError(module.name, problem)));
      };
      const cancel = clock.after(LOAD_MS, () => fail(`it did not load within ${LOAD_MS / 1000} s`));
      this.#start(place, undefined, {
        first: {
          ready: (facts, vitals) => {
            const problem = vitals === undefined ? undefined : memoryLimitProblem(recycling, vitals);
            if (problem !== undefined) {
              fail(problem);
              return;
            }
            cancel();
            resolve(facts);
          },
          failed: fail,
        },
      });
    });
  }

  /** Starts the other children. From now on children join the owner when they are ready, and lost ones are replaced. */
  run(owner: RunnerOwner): void {
    this.#owner = owner;
    for (const [runner, child] of this.#alive) {
      if (!child.ready) continue;
      owner.addRunner(runner);
      owner.heartbeat(runner);
    }
    for (const place of this.#places.slice(1)) this.#start(place, undefined);
  }

  /**
   * Starts a replacement; once it is ready, the runner gets no new work and ends when its runs are over. A child for
   * isolated runs is retired without one: its owner asks for another when it needs one.
   */
  recycle(runner: Runner, why: string): void {
    const child = [...this.#alive.values()].find((other) => other.runner === runner);
    if (child === undefined || child.replaced || this.#stopping) return;
    this.#options.log.warn("replacing a child", { child: runner.name, why });
    this.#replace(child);
  }

  /** Starts one more child, for isolated runs. It is not replaced. */
  startIsolated(): void {
    if (!this.#stopping) this.#start(this.#isolated, undefined, { isolated: true });
  }

  /** Ends all children. Resolves when none is left. */
  async stop(now: boolean): Promise<void> {
    this.#stopping = true;
    for (const cancel of this.#waits) cancel();
    this.#waits.clear();
    for (const runner of this.#alive.keys()) {
      if (now) runner.kill();
      else runner.end();
    }
    while (this.#alive.size > 0) await this.#waiters.next();
  }

  #replace(child: Child): void {
    child.replaced = true;
    this.recycled += 1;
    if (child.isolated) this.#owner?.retire(child.runner);
    else this.#start(child.place, child.runner);
  }

  /** Recycles one child at a time: two generations of all children at once might be too much for the machine. */
  #checkRecycling(child: Child): void {
    const { recycling, log } = this.#options;
    const { runner } = child;
    const why = recycleReason(recycling, runner.tasks, runner.vitals);
    if (why === undefined || child.replaced || child.isolated || this.#stopping) return;
    if ([...this.#alive.values()].some(({ ready, isolated }) => !ready && !isolated)) return;
    log.info("replacing a child", { child: runner.name, why });
    this.#replace(child);
  }

  /** An error outside any task run may have left anything behind. */
  #fault(child: Child, fault: Fault): void {
    const { log, clock } = this.#options;
    logFault(log, fault, child.runner.name);
    if (child.faulty) return;
    child.faulty = true;
    this.#later(Math.max(0, FAULT_REPLACEMENT_MS - (clock.now() - child.since)), () =>
      this.recycle(child.runner, "uncaught error outside any task run"),
    );
  }

  #start(place: Place, replaces: ChildRunner | undefined, role: Role = {}): void {
    const { module, environment, recycling, output, clock, log } = this.#options;
    const { slots } = place;
    let problem: string | undefined;
    const runner = new ChildRunner(module, slots, environment, heapArguments(recycling), {
      ready: (facts) => {
        // A handler can send messages of its own: the child may have been ready before.
        if (child.ready) return;
        child.ready = true;
        log.info("child ready", { child: runner.name, slots });
        clock.after(LASTING_MS, () => {
          if (this.#alive.has(runner)) place.loop.progressed();
        });
        role.first?.ready(facts, runner.vitals);
        if (role.isolated === true) this.#owner?.addIsolated(runner);
        else this.#owner?.addRunner(runner);
        this.#owner?.heartbeat(runner);
        if (replaces !== undefined) this.#owner?.retire(replaces);
      },
      refused: (text) => {
        problem = text;
      },
      log: ({ level, message, fields }) => log[level](message, { ...fields, child: runner.name }),
      report: (report) => {
        if (report.completed.length > 0 || report.ended.length > 0) place.loop.progressed();
        this.#owner?.report(runner, report);
        this.#checkRecycling(child);
      },
      vitals: () => {
        this.#owner?.heartbeat(runner);
        this.#checkRecycling(child);
      },
      ...(output === undefined ? {} : { output }),
      takenBack: (taken, begun) => this.#owner?.takenBack(runner, taken, begun),
      fault: (fault) => this.#fault(child, fault),
      gone: (end) => {
        this.#gone(child, end, problem, replaces);
        if (!child.ready) role.first?.failed(problem ?? `the child process ended while loading it (${end.how})`);
      },
    });
    clock.after(LOAD_MS, () => {
      if (child.ready || !this.#alive.has(runner)) return;
      log.error("killing a child: it did not load the handlers module in time", {
        child: runner.name,
        seconds: LOAD_MS / 1000,
      });
      runner.kill();
    });
    const child: Child = {
      runner,
      place,
      ready: false,
      isolated: role.isolated === true,
      replaced: false,
      faulty: false,
      since: clock.now(),
    };
    this.#alive.set(runner, child);
  }

  #gone(child: Child, end: RunnerEnd, problem: string | undefined, replaces: ChildRunner | undefined): void {
    const { runner, place } = child;
    this.#alive.delete(runner);
    this.#owner?.gone(runner, end);
    if (!end.asked) this.deaths += 1;
    if (this.#stopping) {
      this.#waiters.notify();
      return;
    }
    if (this.#owner === undefined || (child.replaced && !child.isolated)) return;
    if (child.isolated) {
      // It is expected to end with its run; one that does not get that far is part of a loop.
      const wait = child.ready || end.asked ? 0 : place.loop.died(runner.name, problem ?? end.how);
      if (child.ready) place.loop.progressed();
      this.#later(wait, () => this.#owner?.isolatedGone(child.ready));
      return;
    }
    const wait = end.asked ? 0 : place.loop.died(runner.name, problem ?? end.how);
    this.#later(wait, () => this.#start(place, replaces));
  }

  #later(wait: number, run: () => void): void {
    if (wait === 0) {
      run();
      return;
    }
    const cancel = this.#options.clock.after(wait, () => {
      this.#waits.delete(cancel);
      run();
    });
    this.#waits.add(cancel);
  }
}

/** Where children work one after the other, each the replacement of the one before. */
interface Place {
  readonly slots: number;
  readonly loop: CrashLoop;
}

interface Child {
  readonly runner: ChildRunner;
  readonly place: Place;
  ready: boolean;
  readonly isolated: boolean;
  /** Its replacement has started. */
  replaced: boolean;
  /** Its replacement was requested after an error outside any task run. */
  faulty: boolean;
  readonly since: number;
}

interface Role {
  /** The first child, which reports the facts of the module. */
  readonly first?: { ready(facts: RegistryFacts, vitals: Vitals | undefined): void; failed(problem: string): void };
  /** For isolated runs. */
  readonly isolated?: boolean;
}
