import { availableParallelism, hostname } from "node:os";
import { join } from "node:path";
import type { Registry } from "../activation/registry.js";
import { type Clock, systemClock } from "../base/clock.js";
import { closeInOrder, closeTogether } from "../base/closing.js";
import { messageOf } from "../base/errors.js";
import { dataFolderFor } from "../base/files/data-folder.js";
import { newId } from "../base/ids.js";
import { type Logger, silentLogger } from "../base/logger.js";
import { within } from "../base/within.js";
import type { SessionPort } from "../wire/session.js";
import { factsOf, loadRegistry } from "./child/load.js";
import type { RegistryFacts } from "./child/messages.js";
import { HandlersModuleError, WorkerOptionsError } from "./errors.js";
import { Link } from "./link/link.js";
import type { Lock } from "./lock/port.js";
import { SqliteLock } from "./lock/sqlite.js";
import { type ObservationOptions, WorkerObservation } from "./observe/observation.js";
import { Children, type ChildStats } from "./runner/children.js";
import type { CrashLoopState } from "./runner/crash-loop.js";
import { findHandlersModule } from "./runner/handlers-module.js";
import { InProcessRunner } from "./runner/in-process.js";
import { MAX_TASKS } from "./runner/recycling.js";
import type { Runner, RunnerEvents } from "./runner/runner.js";
import { type Finished, Supervisor } from "./supervisor/supervisor.js";
import { TaskFactsCache } from "./supervisor/task-facts-cache.js";

/** In the data folder. */
const LOCKS = "locks.db";
const DRAIN_GRACE_MS = 30_000;
/** A grace without end: each run ends by its own deadline. Node's longest timer. */
export const UNLIMITED_GRACE_MS = 2 ** 31 - 1;
/** How many of the runs that a stop waits for are named. */
const MOST_NAMED = 5;
/** After the grace, interrupted handlers have this long to return, milliseconds. */
const ABORT_MS = 1000;

export interface WorkerOptions extends ObservationOptions {
  /** Only with isolation "none". */
  readonly registry?: Registry;
  /** Path (from the working directory) or file URL of a module whose default export is a registry. */
  readonly handlersModule?: string;
  readonly sessions: readonly BrokerSessions[];
  /** How many handlers run at once. */
  readonly concurrency: number;
  readonly isolation: "process" | "none";
  /** Child processes. Default: one a processor, at most `concurrency`. */
  readonly children?: number;
  /** A child is replaced after this many runs; 0: never. Default 1,000,000. Its runs end, its replacement is ready before. */
  readonly maxTasksPerChild?: number;
  /**
   * A child is replaced in the same way when it has this many bytes resident, looked at every second; its heap is limited
   * to as much, so that a faster growth ends the child. Default: no limit but Node's own for the heap.
   */
  readonly maxChildMemory?: number;
  /** Added to the environment of the children. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Gets what handlers in child processes write to stdout and stderr, by lines. Default: it goes to this process's own. */
  readonly output?: (line: string, stream: "stdout" | "stderr") => void;
  readonly clock?: Clock;
  readonly log?: Logger;
  /** The level at which each completed run is logged. Default: not at all; reading its names costs a moment a run. */
  readonly completions?: "debug" | "info";
  /** How long stop() waits for running handlers, milliseconds. Default 30 s. */
  readonly drainGrace?: number;
  /**
   * File of the at-most-once lock, opened when a broker without sessions hands out such work; workers of one machine
   * share it. Default `locks.db` in the data folder.
   */
  readonly locks?: string;
}

export interface BrokerSessions {
  /** For people: the broker's address. */
  readonly name: string;
  readonly port: SessionPort;
}

export interface Worker {
  /** Unique for one start of one worker. */
  readonly id: string;
  readonly application: string;
  /** Wire names of the tasks it handles. */
  readonly tasks: readonly string[];
  /** Resolves when the first session is open. */
  readonly ready: Promise<void>;
  /**
   * Takes no more work, gives unstarted work back, waits for running handlers. Resolves within the grace and 5 s.
   * `grace`: milliseconds, of the first call; default: the option's.
   */
  stop(grace?: number): Promise<void>;
  stats(): WorkerStats;
  /** HOST:PORT of the HTTP port, undefined when there is none. */
  readonly httpAddress: string | undefined;
}

export interface WorkerStats {
  readonly slots: number;
  readonly running: number;
  /** Claims not started. */
  readonly unstarted: number;
  readonly finished: Readonly<Finished>;
  /** Runs started again because their child was lost. */
  readonly reruns: number;
  /** Outcomes that no longer counted when they could be sent. */
  readonly dropped: number;
  /** Keys of parameters that were dropped because no handler declares them. */
  readonly unknownKeys: number;
  readonly children: {
    readonly pids: readonly number[];
    readonly list: readonly ChildStats[];
    /** Children that ended by themselves, and children that were replaced while they lived. */
    readonly deaths: number;
    readonly recycled: number;
    /** Children end again and again without finishing a run; undefined while they do not. */
    readonly crashLoop: CrashLoopState | undefined;
  };
  readonly sessions: readonly { readonly name: string; readonly connected: boolean; readonly held: number }[];
}

/**
 * Starts a worker. Resolves when its handlers are loaded; rejects with HandlersModuleError when they cannot be, and with
 * WorkerOptionsError, and with the errors of a port or file that it cannot have (`port_in_use`, `cannot_listen`,
 * `bad_health_file`). It keeps the process alive until stop().
 */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  checkOptions(options);
  const clock = options.clock ?? systemClock();
  const log = options.log ?? silentLogger;
  const observation = await WorkerObservation.open(options, clock, log);
  try {
    return await launch(options, clock, log, observation);
  } catch (error) {
    await observation.close();
    throw error;
  }
}

async function launch(
  options: WorkerOptions,
  clock: Clock,
  log: Logger,
  observation: WorkerObservation,
): Promise<Worker> {
  if (options.isolation === "none") {
    const registry = options.registry ?? (await loadHere(options.handlersModule ?? ""));
    return new RunningWorker(options, clock, log, factsOf(registry), observation, (supervisor) => {
      const events: RunnerEvents = {
        report: (report) => supervisor.report(runner, report),
        takenBack: () => {},
        fault: () => {},
        gone: (end) => supervisor.gone(runner, end),
      };
      const runner: Runner = new InProcessRunner(registry, options.concurrency, clock, events, log);
      supervisor.addRunner(runner);
      return undefined;
    });
  }
  const count = Math.min(options.children ?? availableParallelism(), options.concurrency);
  const children = new Children({
    module: findHandlersModule(options.handlersModule ?? ""),
    slots: Array.from({ length: count }, (_, index) => Math.floor((options.concurrency + index) / count)).reverse(),
    environment: options.environment ?? {},
    recycling: { maxTasks: options.maxTasksPerChild ?? MAX_TASKS, maxMemory: options.maxChildMemory },
    ...(options.output === undefined ? {} : { output: options.output }),
    clock,
    log,
  });
  const facts = await children.first();
  return new RunningWorker(options, clock, log, facts, observation, (supervisor) => {
    children.run(supervisor);
    return children;
  });
}

class RunningWorker implements Worker {
  readonly id: string;
  readonly application: string;
  readonly tasks: readonly string[];
  readonly ready: Promise<void>;
  readonly #options: WorkerOptions;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #observation: WorkerObservation;
  readonly #supervisor: Supervisor;
  readonly #children: Children | undefined;
  readonly #links: readonly Link[];
  readonly #lock: Lock;
  readonly #keepAlive = setInterval(() => {}, 2 ** 30);
  #stopping: Promise<void> | undefined;

  constructor(
    options: WorkerOptions,
    clock: Clock,
    log: Logger,
    facts: RegistryFacts,
    observation: WorkerObservation,
    run: (supervisor: Supervisor) => Children | undefined,
  ) {
    this.id = `${hostname()}:${process.pid}:${newId().slice(0, 8)}`;
    this.application = facts.application;
    this.tasks = facts.tasks.map(({ name }) => name);
    this.#options = options;
    this.#clock = clock;
    this.#log = log;
    this.#observation = observation;
    const taskFacts = new TaskFactsCache(facts);
    const supervisor = new Supervisor({
      slots: options.concurrency,
      clock,
      log,
      facts: taskFacts,
      recycle: (runner, why) => {
        if (this.#children === undefined) log.warn("a handler cannot be ended without child processes", { why });
        else this.#children.recycle(runner, why);
      },
      isolated: () => this.#children?.isolated(),
      ...(options.completions === undefined ? {} : { completions: options.completions }),
      ...(observation.observer === undefined ? {} : { observer: observation.observer }),
    });
    this.#supervisor = supervisor;
    this.#children = run(supervisor);
    let opened: () => void = () => {};
    this.ready = new Promise((resolve) => {
      opened = resolve;
    });
    const offer = {
      application: facts.application,
      worker: this.id,
      tasks: facts.tasks.map(({ name, hash }) => ({ name, hash })),
      slots: options.concurrency,
    };
    this.#lock = new SqliteLock(
      () => options.locks ?? join(dataFolderFor("the at-most-once lock, or --locks FILE"), LOCKS),
      clock,
    );
    this.#links = options.sessions.map(({ name, port }, index) => {
      const events = {
        changed: () => {
          if (link.connected) opened();
          supervisor.schedule();
        },
        forgotten: (job: Parameters<Supervisor["forgotten"]>[0]) => supervisor.forgotten(job),
      };
      const link: Link = new Link({
        name,
        port,
        offer: { ...offer, worker: index === 0 ? this.id : `${this.id}/${index}` },
        clock,
        log,
        idOf: (job) => taskFacts.idOf(job),
        taskOf: (job) => taskFacts.taskOf(job),
        atMostOnce: (job) => taskFacts.atMostOnce(job),
        lock: this.#lock,
        events,
      });
      return link;
    });
    for (const link of this.#links) {
      supervisor.addLink(link);
      link.connect();
    }
    observation.watch({
      tasks: this.tasks,
      stats: () => this.stats(),
      runner: () => supervisor.runners.some(({ isolated, retired, killed }) => !isolated && !retired && !killed),
    });
  }

  get httpAddress(): string | undefined {
    return this.#observation.httpAddress;
  }

  stop(grace = this.#options.drainGrace ?? DRAIN_GRACE_MS): Promise<void> {
    this.#stopping ??= this.#stop(grace);
    return this.#stopping;
  }

  stats(): WorkerStats {
    const { running, finished, reruns, unknownKeys } = this.#supervisor;
    const children = this.#children;
    return {
      slots: this.#options.concurrency,
      running,
      unstarted: this.#links.reduce((sum, link) => sum + link.unstarted, 0),
      finished: { ...finished },
      reruns,
      dropped: this.#links.reduce((sum, link) => sum + link.dropped, 0),
      unknownKeys,
      children: {
        pids: children?.pids ?? [],
        list: children?.list ?? [],
        deaths: children?.deaths ?? 0,
        recycled: children?.recycled ?? 0,
        crashLoop: children?.crashLoop,
      },
      sessions: this.#links.map(({ name, connected, held }) => ({ name, connected, held })),
    };
  }

  async #stop(grace: number): Promise<void> {
    this.#observation.stopping();
    for (const link of this.#links) link.drain();
    const settled = Promise.all([this.#supervisor.idle(), ...this.#links.map((link) => link.settled())]);
    this.#tellWaiting(grace);
    if (!(await within(this.#clock, grace, settled))) {
      this.#log.warn("the drain grace is over: running handlers are interrupted", {
        running: this.#supervisor.running,
      });
      this.#supervisor.abortAll();
      if (!(await within(this.#clock, ABORT_MS, settled))) {
        this.#log.warn("ending the remaining runs; they will be redelivered, at-most-once ones end as worker_lost", {
          running: this.#supervisor.running,
        });
      }
    }
    // Nothing runs here any more when another worker may run it.
    const links = this.#links.map((link) => () => link.close());
    await closeInOrder(
      [
        () => this.#children?.stop(this.#supervisor.running > 0),
        () => this.#supervisor.handBack(),
        () => closeTogether(links, this.#log),
        () => this.#observation.close(),
        () => this.#lock.close(),
        () => clearInterval(this.#keepAlive),
      ],
      this.#log,
    );
  }

  /** A stop without an end of its own replaces old code by new, whose worker tells of it. */
  #tellWaiting(grace: number): void {
    if (grace >= UNLIMITED_GRACE_MS) return;
    const upTo = `${Number((grace / 1000).toFixed(1))} s`;
    for (const { name, connected, held } of this.#links) {
      if (connected || held === 0) continue;
      this.#log.info("waiting for a broker that cannot be reached, to report what has ended", {
        broker: name,
        outcomes: held,
        upTo,
      });
    }
    const { running } = this.#supervisor;
    if (running === 0) return;
    this.#log.info("waiting for running handlers to finish", {
      running,
      upTo,
      runs: this.#supervisor.names(MOST_NAMED),
    });
  }
}

function checkOptions(options: WorkerOptions): void {
  const { registry, handlersModule, concurrency, children, isolation, sessions, maxTasksPerChild, maxChildMemory } =
    options;
  const problem = (message: string): never => {
    throw new WorkerOptionsError(message);
  };
  if ((registry === undefined) === (handlersModule === undefined))
    problem("expected either registry or handlersModule");
  if (isolation === "process" && handlersModule === undefined) {
    problem('isolation "process" needs handlersModule: a registry cannot be sent to a child process');
  }
  for (const [name, value] of Object.entries({ maxTasksPerChild, maxChildMemory })) {
    if (value === undefined) continue;
    if (isolation === "none") problem(`expected no ${name} with isolation "none", which has no children to replace`);
    if (!Number.isSafeInteger(value) || value < 0)
      problem(`expected ${name} to be an integer of at least 0, got ${value}`);
  }
  for (const [name, value] of Object.entries({ concurrency, children: children ?? 1 })) {
    if (!Number.isInteger(value) || value < 1) problem(`expected ${name} to be an integer of at least 1, got ${value}`);
  }
  if (sessions.length === 0) problem("expected at least one broker in sessions, got none");
}

async function loadHere(name: string): Promise<Registry> {
  const module = findHandlersModule(name);
  if (module.nodeArguments.length > 0) {
    throw new HandlersModuleError(
      name,
      'isolation "none" loads the module in this process, which cannot read TypeScript; compile it and pass the .js file, or use isolation "process" with tsx installed',
    );
  }
  // Where a handler's error was thrown is said by the lines of its source.
  process.setSourceMapsEnabled(true);
  try {
    return await loadRegistry(module.url);
  } catch (error) {
    throw new HandlersModuleError(name, messageOf(error), { cause: error });
  }
}
