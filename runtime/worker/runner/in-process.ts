import type { Registry } from "../../activation/registry.js";
import type { Clock } from "../../base/clock.js";
import { type Logger, silentLogger } from "../../base/logger.js";
import { type AbortReason, errorOfAbort } from "../child/abort-reason.js";
import { Executor } from "../child/executor.js";
import { Outbox } from "../child/outbox.js";
import type { RunOrder } from "../child/result.js";
import type { Runner, RunnerEvents } from "./runner.js";

/** Isolation "none": handlers run in this process. A handler that never returns cannot be ended. */
export class InProcessRunner implements Runner {
  readonly name = "in-process";
  readonly slots: number;
  readonly #executor: Executor;
  readonly #outbox: Outbox;
  readonly #events: RunnerEvents;
  #gone = false;

  constructor(registry: Registry, slots: number, clock: Clock, events: RunnerEvents, log: Logger = silentLogger) {
    this.slots = slots;
    this.#events = events;
    this.#outbox = new Outbox((report) => {
      if (!this.#gone) events.report(report);
    });
    this.#executor = new Executor(registry, clock, this.#outbox, log);
  }

  run(orders: readonly RunOrder[]): void {
    this.#outbox.started(orders.map(({ run }) => run));
    for (const order of orders) this.#executor.execute(order);
  }

  abort(runs: readonly number[] | "all", reason: AbortReason): void {
    this.#executor.abort(runs, errorOfAbort(reason));
  }

  end(): void {
    this.kill();
  }

  /** Handlers that still run go on; their reports are ignored. */
  kill(): void {
    if (this.#gone) return;
    this.#outbox.flush();
    this.#gone = true;
    this.#events.gone({ how: "ended", asked: true, culprit: undefined, outside: false });
  }
}
