import { hostname } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "../base/clock.js";
import { closeInOrder, closeTogether } from "../base/closing.js";
import { dataFolderFor } from "../base/files/data-folder.js";
import { newId } from "../base/ids.js";
import { type Logger, silentLogger } from "../base/logger.js";
import { packageVersion } from "../base/version.js";
import { within } from "../base/within.js";
import type { SessionOffer } from "../wire/session.js";
import { Link } from "./link/link.js";
import type { Lock } from "./lock/port.js";
import { SqliteLock } from "./lock/sqlite.js";
import { WorkerObservation } from "./observe/observation.js";
import { VitalsReport } from "./observe/vitals.js";
import { checkOptions, type WorkerOptions } from "./options.js";
import type { Children, ChildStats } from "./runner/children.js";
import type { CrashLoopState } from "./runner/crash-loop.js";
import { type Handlers, loadHandlers } from "./runner/load-handlers.js";
import type { Finished } from "./supervisor/run-results.js";
import { Supervisor } from "./supervisor/supervisor.js";
import { TaskFactsCache } from "./supervisor/task-facts-cache.js";

/** In the data folder. */
const LOCKS = "locks.db";
const DRAIN_GRACE_MS = 30_000;
/** A grace without a limit: each run ends by its own deadline. Node's longest timer. */
export const UNLIMITED_GRACE_MS = 2 ** 31 - 1;
/** How many of the runs that a stop waits for are named. */
const MOST_NAMED = 5;
/** After the grace, interrupted handlers have this long to return, milliseconds. */
const ABORT_MS = 1000;

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
  /** Outcomes that were never acknowledged: their claim was no longer valid, or the broker did not answer. */
  readonly dropped: number;
  /** Keys of parameters that were dropped because no handler declares them. */
  readonly unknownKeys: number;
  readonly children: {
    readonly pids: readonly number[];
    readonly list: readonly ChildStats[];
    /** Children that ended by themselves, and children that were replaced while they lived. */
    readonly deaths: number;
    readonly recycled: number;
    /** Children keep crashing without finishing a run; undefined while they do not. */
    readonly crashLoop: CrashLoopState | undefined;
  };
  readonly sessions: readonly { readonly name: string; readonly connected: boolean; readonly held: number }[];
}

/**
 * Starts a worker. Resolves when its handlers are loaded; rejects with HandlersModuleError when they cannot be, and
 * with WorkerOptionsError, and with the errors of a port or file that it cannot have (`port_in_use`, `cannot_listen`,
 * `bad_health_file`). It keeps the process alive until stop().
 */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  checkOptions(options);
  const clock = options.clock ?? systemClock();
  const log = options.log ?? silentLogger;
  const observation = await WorkerObservation.open(options, clock, log);
  try {
    return new RunningWorker(options, clock, log, observation, await loadHandlers(options, clock, log));
  } catch (error) {
    await observation.close();
    throw error;
  }
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
  readonly #lock: Lock;
  readonly #links: readonly Link[];
  readonly #vitals: VitalsReport;
  readonly #keepAlive = setInterval(() => {}, 2 ** 30);
  #stopping: Promise<void> | undefined;

  constructor(options: WorkerOptions, clock: Clock, log: Logger, observation: WorkerObservation, handlers: Handlers) {
    const { facts, children } = handlers;
    this.id = `${hostname()}:${process.pid}:${newId().slice(0, 8)}`;
    this.application = facts.application;
    this.tasks = facts.tasks.map(({ name }) => name);
    this.#options = options;
    this.#clock = clock;
    this.#log = log;
    this.#observation = observation;
    this.#children = children;
    const taskFacts = new TaskFactsCache(facts);
    this.#supervisor = this.#supervise(taskFacts);
    handlers.run(this.#supervisor);
    this.#lock = new SqliteLock(
      () => options.locks ?? join(dataFolderFor("the at-most-once lock, or --locks FILE"), LOCKS),
      clock,
    );
    let opened: () => void = () => {};
    this.ready = new Promise((resolve) => {
      opened = resolve;
    });
    const offer = {
      application: facts.application,
      worker: this.id,
      tasks: facts.tasks.map(({ name, hash }) => ({ name, hash })),
      slots: options.concurrency,
      about: { host: hostname(), pid: process.pid, version: packageVersion(), isolation: options.isolation },
    };
    this.#links = this.#connect(offer, taskFacts, opened);
    this.#vitals = new VitalsReport(
      clock,
      () => this.stats(),
      (vitals) => {
        for (const link of this.#links) link.vitals(vitals);
      },
    );
    observation.watch({
      tasks: this.tasks,
      stats: () => this.stats(),
      runner: () => this.#supervisor.ready,
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

  #supervise(facts: TaskFactsCache): Supervisor {
    const { concurrency, completions } = this.#options;
    const { observer } = this.#observation;
    return new Supervisor({
      slots: concurrency,
      clock: this.#clock,
      log: this.#log,
      facts,
      recycle: (runner, why) => {
        if (this.#children !== undefined) this.#children.recycle(runner, why);
        else this.#log.warn('cannot end a handler with isolation "none"', { why });
      },
      startIsolated: () => this.#children?.startIsolated(),
      ...(completions === undefined ? {} : { completions }),
      ...(observer === undefined ? {} : { observer }),
    });
  }

  /** A link to each broker. `opened`: called whenever one has a session. */
  #connect(offer: Omit<SessionOffer, "held">, facts: TaskFactsCache, opened: () => void): Link[] {
    const supervisor = this.#supervisor;
    const links = this.#options.sessions.map(({ name, port }, index) => {
      const link: Link = new Link({
        name,
        port,
        offer: { ...offer, worker: index === 0 ? this.id : `${this.id}/${index}` },
        clock: this.#clock,
        log: this.#log,
        idOf: (claim) => facts.idOf(claim),
        taskOf: (claim) => facts.taskOf(claim),
        atMostOnce: (claim) => facts.atMostOnce(claim),
        lock: this.#lock,
        events: {
          changed: () => {
            if (link.connected) opened();
            supervisor.schedule();
          },
          cancelled: (claim) => supervisor.cancelled(claim),
          forgotten: (claim) => supervisor.forgotten(claim),
        },
      });
      return link;
    });
    for (const link of links) {
      supervisor.addLink(link);
      link.connect();
    }
    return links;
  }

  async #stop(grace: number): Promise<void> {
    this.#observation.stopping();
    await this.#drain(grace);
    // Sessions end only after all handlers have ended: then other workers run what is left.
    const links = this.#links.map((link) => () => link.close());
    await closeInOrder(
      [
        () => this.#children?.stop(this.#supervisor.running > 0),
        () => this.#supervisor.handBack(),
        () => closeTogether(links, this.#log),
        () => this.#vitals.stop(),
        () => this.#observation.close(),
        () => this.#lock.close(),
        () => clearInterval(this.#keepAlive),
      ],
      this.#log,
    );
  }

  /** Waits for running handlers, interrupts those that outlast the grace, and waits for their return. */
  async #drain(grace: number): Promise<void> {
    for (const link of this.#links) link.drain();
    const settled = Promise.all([this.#supervisor.idle(), ...this.#links.map((link) => link.settled())]);
    this.#logWaiting(grace);
    if (await within(this.#clock, grace, settled)) return;
    this.#log.warn("the grace period is over; interrupting the running handlers", {
      running: this.#supervisor.running,
    });
    this.#supervisor.abortAll();
    if (await within(this.#clock, ABORT_MS, settled)) return;
    this.#log.warn(
      "terminating the remaining runs; the broker will redeliver them, at-most-once runs fail as worker_lost",
      { running: this.#supervisor.running },
    );
  }

  /** Nothing for a stop without a limit: it is part of a reload, and the worker with the new code logs. */
  #logWaiting(grace: number): void {
    if (grace >= UNLIMITED_GRACE_MS) return;
    const upTo = `${Number((grace / 1000).toFixed(1))} s`;
    for (const { name, connected, held } of this.#links) {
      if (connected || held === 0) continue;
      this.#log.info("waiting to reconnect to a broker that has not acknowledged all outcomes", {
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
