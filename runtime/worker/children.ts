import type { Clock } from "../base/clock.js";
import type { Logger } from "../base/logger.js";
import type { RegistryFacts } from "./child/messages.js";
import { HandlersModuleError } from "./errors.js";
import type { HandlersModule } from "./handlers-module.js";
import { ChildRunner } from "./runner/child-runner.js";
import type { Runner, RunnerEnd } from "./runner/runner.js";
import { Backoff } from "./session/backoff.js";
import type { Supervisor } from "./supervisor.js";

/** A handlers module must have loaded within this, milliseconds. */
const LOAD_MS = 60_000;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5000;
/** A child that lived so long is no part of a crash loop, milliseconds. */
const LASTING_MS = 10_000;

export interface ChildrenOptions {
  readonly module: HandlersModule;
  /** How many slots each child has. */
  readonly slots: readonly number[];
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The child processes of a worker: starts them, replaces those that end or should end, and ends them all. */
export class Children {
  readonly #options: ChildrenOptions;
  readonly #backoff = new Backoff(FIRST_WAIT_MS, LONGEST_WAIT_MS);
  readonly #alive = new Map<ChildRunner, Child>();
  readonly #waits = new Set<() => void>();
  #supervisor: Supervisor | undefined;
  #stopped: (() => void)[] | undefined;
  /** Children that ended without being asked, and children replaced for what their handlers did. */
  deaths = 0;
  recycled = 0;

  constructor(options: ChildrenOptions) {
    this.#options = options;
  }

  get pids(): number[] {
    return [...this.#alive.keys()].flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  }

  /** Starts the first child and resolves with what its module has; rejects with HandlersModuleError, and no child is left. */
  first(): Promise<RegistryFacts> {
    const { module, slots, clock } = this.#options;
    return new Promise<RegistryFacts>((resolve, reject) => {
      const fail = (problem: string): void => {
        cancel();
        void this.stop(true).then(() => reject(new HandlersModuleError(module.name, problem)));
      };
      const cancel = clock.after(LOAD_MS, () => fail(`it did not finish loading within ${LOAD_MS / 1000} s`));
      this.#start(slots[0] ?? 1, undefined, {
        first: {
          ready: (facts) => {
            cancel();
            resolve(facts);
          },
          failed: fail,
        },
      });
    });
  }

  /** Starts the others; from now on ready children join the supervisor, and lost ones are replaced. */
  run(supervisor: Supervisor): void {
    this.#supervisor = supervisor;
    for (const [runner, child] of this.#alive) if (child.ready) supervisor.addRunner(runner);
    for (const slots of this.#options.slots.slice(1)) this.#start(slots, undefined);
  }

  /**
   * Starts a replacement; when it is ready, the runner gets no new work and ends when its runs are over. A child for
   * runs that must be alone is asked for anew when one is needed.
   */
  recycle(runner: Runner, why: string): void {
    const child = [...this.#alive.values()].find((other) => other.runner === runner);
    if (child === undefined || child.replaced || this.#stopped !== undefined) return;
    child.replaced = true;
    this.recycled += 1;
    this.#options.log.warn("a child is replaced", { child: runner.name, why });
    if (child.solo) this.#supervisor?.retire(runner);
    else this.#start(runner.slots, child.runner);
  }

  /** Starts one more child, for runs that must be alone. It is not replaced. */
  solo(): void {
    if (this.#stopped === undefined) this.#start(1, undefined, { solo: true });
  }

  /** Ends all children. Resolves when none is left. */
  async stop(now: boolean): Promise<void> {
    this.#stopped ??= [];
    for (const cancel of this.#waits) cancel();
    this.#waits.clear();
    for (const runner of this.#alive.keys()) {
      if (now) runner.kill();
      else runner.end();
    }
    while (this.#alive.size > 0) await new Promise<void>((resolve) => this.#stopped?.push(resolve));
  }

  #start(slots: number, replaces: ChildRunner | undefined, role: Role = {}): void {
    const { module, environment, clock, log } = this.#options;
    let problem: string | undefined;
    const runner = new ChildRunner(module, slots, environment, {
      ready: (facts) => {
        child.ready = true;
        log.info("child ready", { child: runner.name, slots });
        role.first?.ready(facts);
        if (role.solo === true) this.#supervisor?.addSolo(runner);
        else this.#supervisor?.addRunner(runner);
        if (replaces !== undefined) this.#supervisor?.retire(replaces);
      },
      refused: (text) => {
        problem = text;
      },
      report: (report) => this.#supervisor?.report(runner, report),
      fault: (error, run) => {
        log.error("an error outside of a handler's promise", { child: runner.name, run, error });
        this.recycle(runner, "an error outside of a handler's promise");
      },
      gone: (end) => {
        this.#gone(child, end, problem, replaces);
        if (!child.ready) role.first?.failed(problem ?? `its child process ended while loading (${end.how})`);
      },
    });
    clock.after(LOAD_MS, () => {
      if (child.ready || !this.#alive.has(runner)) return;
      log.error("a child did not finish loading and is killed", { child: runner.name, seconds: LOAD_MS / 1000 });
      runner.kill();
    });
    const child: Child = { runner, ready: false, solo: role.solo === true, replaced: false, since: clock.now() };
    this.#alive.set(runner, child);
  }

  #gone(child: Child, end: RunnerEnd, problem: string | undefined, replaces: ChildRunner | undefined): void {
    const { clock, log } = this.#options;
    const { runner } = child;
    this.#alive.delete(runner);
    this.#supervisor?.gone(runner, end);
    if (this.#stopped !== undefined) {
      for (const resolve of this.#stopped.splice(0)) resolve();
      return;
    }
    if (this.#supervisor === undefined || (child.replaced && !child.solo)) return;
    if (clock.now() - child.since >= LASTING_MS) this.#backoff.reset();
    if (!end.asked) this.deaths += 1;
    const wait = end.asked ? 0 : this.#backoff.next();
    if (child.solo) {
      this.#later(wait, () => this.#supervisor?.soloGone(child.ready));
      return;
    }
    log.error("a child ended and is replaced", { child: runner.name, how: end.how, problem, inMs: Math.round(wait) });
    const again = (): void => this.#start(runner.slots, replaces);
    this.#later(wait, again);
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

interface Child {
  readonly runner: ChildRunner;
  ready: boolean;
  readonly solo: boolean;
  /** Its replacement is started. */
  replaced: boolean;
  readonly since: number;
}

interface Role {
  /** The one that tells what the module has. */
  readonly first?: { ready(facts: RegistryFacts): void; failed(problem: string): void };
  /** For runs that must be alone. */
  readonly solo?: boolean;
}
