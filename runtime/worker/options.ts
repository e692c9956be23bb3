import type { Registry } from "../activation/registry.js";
import type { Clock } from "../base/clock.js";
import type { Logger } from "../base/logger.js";
import type { SessionPort } from "../wire/session.js";
import { WorkerOptionsError } from "./errors.js";

export interface ObservationOptions {
  /** HOST:PORT of /healthz, /readyz and /metrics. Default: no port; port 0 takes a free one. */
  readonly http?: string | undefined;
  /** Touched every 5 s while the worker is ready. Default: none. */
  readonly healthFile?: string | undefined;
}

export interface WorkerOptions extends ObservationOptions {
  /** Only with isolation "none". */
  readonly registry?: Registry;
  /** Path (from the working directory) or file URL of a module whose default export is a registry. */
  readonly handlersModule?: string;
  readonly sessions: readonly BrokerSessions[];
  /** How many handlers run at once. */
  readonly concurrency: number;
  readonly isolation: "process" | "none";
  /** Child processes. Default: one per processor, at most `concurrency`. */
  readonly children?: number;
  /**
   * A child is recycled after this many runs; 0: never. Default 1,000,000. Its runs end, its replacement is ready
   * before.
   */
  readonly maxTasksPerChild?: number;
  /**
   * A child is recycled in the same way at this resident memory, bytes, checked every second; its heap is limited to as
   * much, so that faster growth ends the child. Default: no limit but Node's own for the heap.
   */
  readonly maxChildMemory?: number;
  /** Added to the environment of the children. */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Gets what handlers in child processes write to stdout and stderr, by lines. Default: this process's own streams.
   */
  readonly output?: (line: string, stream: "stdout" | "stderr") => void;
  readonly clock?: Clock;
  readonly log?: Logger;
  /** The level at which each completed run is logged. Default: not at all, which saves decoding its names. */
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

/** Throws WorkerOptionsError. */
export function checkOptions(options: WorkerOptions): void {
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
