import type { Activation } from "../../activation/activation.js";
import { executed } from "../../activation/context/hooks.js";
import { type Tracing, tracing } from "../../activation/context/tracing.js";
import { currentRun, withinRun } from "../../activation/current-run.js";
import { readActivation } from "../../activation/encoding/head.js";
import { Cancelled, ParameterError, ProcessingDeadlineExceeded, WorkerStopping } from "../../activation/errors.js";
import type { WireParameters } from "../../activation/parameters.js";
import type { Registration, Registry, Start } from "../../activation/registry.js";
import type { Clock } from "../../base/clock.js";
import { messageOf } from "../../base/errors.js";
import { type Logger, silentLogger } from "../../base/logger.js";
import { cutError } from "../../wire/codec/session-codec.js";
import { ActiveRun } from "./active-run.js";
import {
  CANCEL_MS,
  failedAfterCancel,
  givenUpAfterCancel,
  NEVER_STARTED,
  returnedAfterCancel,
  wasCancelled,
} from "./cancelled-run.js";
import { Deadlines } from "./deadlines.js";
import { COMPLETE, type RunEvents, type RunOrder, type RunResult } from "./result.js";
import { resultOfError } from "./retry-decision.js";

/** Two turns of the queue of promises: what handlers that have returned left there comes first. */
const SOON = Promise.resolve();

/**
 * Runs activations: decodes each, finds its task, prepares the parameters, calls the handler, waits for its `.delay()`
 * calls and reports how it ended. Every order is reported exactly once, at its deadline at the latest.
 */
export class Executor {
  readonly #tasks: ReadonlyMap<string, Registration>;
  readonly #namespaces: ReadonlySet<string>;
  readonly #clock: Clock;
  readonly #events: RunEvents;
  readonly #log: Logger;
  readonly #begin: (order: RunOrder) => boolean;
  /** Runs whose parameters are being prepared; true: cancelled meanwhile. */
  readonly #preparing = new Map<number, boolean>();
  readonly #active = new Map<number, ActiveRun>();
  /** Runs whose handlers have just returned. */
  readonly #returned: ActiveRun[] = [];
  readonly #deadlines: Deadlines<ActiveRun>;

  /**
   * `log`: for the handlers' own lines. `begin`: called right before an order has any effect; false means that it was
   * taken back.
   */
  constructor(
    registry: Registry,
    clock: Clock,
    events: RunEvents,
    log: Logger = silentLogger,
    begin: (order: RunOrder) => boolean = () => true,
  ) {
    this.#tasks = registry.tasks;
    this.#namespaces = new Set([...registry.tasks.values()].map(({ facts }) => facts.namespace));
    this.#clock = clock;
    this.#events = events;
    this.#log = log;
    this.#begin = begin;
    this.#deadlines = new Deadlines(clock, (run) => this.#overdue(run));
  }

  execute(order: RunOrder): void {
    let activation: Activation;
    try {
      activation = readActivation(order.activation);
    } catch (error) {
      this.#refuse(order, "undecodable", messageOf(error));
      return;
    }
    // Only the wire name identifies the task: a task that moved keeps it, and its old namespace may be gone.
    const registration = this.#tasks.get(activation.task);
    if (registration === undefined) {
      this.#refuseUnknown(order, activation);
      return;
    }
    const traces = tracing();
    if (traces instanceof Promise) {
      void this.#prepare(order, activation, registration, traces);
      return;
    }
    let start: Start | Promise<Start>;
    try {
      start = registration.prepare(wireParameters(activation));
    } catch (error) {
      this.#unprepared(order, activation, registration, error);
      return;
    }
    // Most parameters are not compressed: no promise is made before their handler.
    if (typeof start === "function") this.#start(order, activation, registration, start, traces);
    else void this.#prepare(order, activation, registration, traces, start);
  }

  /** Interrupts runs through their signal. */
  abort(runs: readonly number[] | "all", reason: Error): void {
    for (const run of runs === "all" ? [...this.#active.keys()] : runs) {
      const active = this.#active.get(run);
      if (active !== undefined) this.#abort(active, reason);
      else if (reason instanceof Cancelled && this.#preparing.has(run)) this.#preparing.set(run, true);
    }
  }

  #abort(run: ActiveRun, reason: Error): void {
    if (run.ended || run.abortReason !== undefined) return;
    const now = this.#clock.now();
    run.abort(reason, now);
    if (wasCancelled(run)) this.#deadlines.add(run, Math.min(now + CANCEL_MS, run.startedAt + run.limit));
  }

  /** The run that the calling code belongs to, if it is one of this executor. */
  current(): ActiveRun | undefined {
    const task = currentRun()?.task;
    return task instanceof ActiveRun ? task : undefined;
  }

  /** The first `most` runs. */
  running(most: number): ActiveRun[] {
    return [...this.#active.values()].slice(0, most);
  }

  /** The run, if there is exactly one. */
  only(): ActiveRun | undefined {
    if (this.#active.size !== 1) return undefined;
    const [run] = this.#active.values();
    return run;
  }

  /** Ends a run with an error that its handler did not throw. */
  fail(run: ActiveRun, error: unknown): void {
    if (!run.ended) this.#end(run, this.#resultOf(run, error), true);
  }

  async #prepare(
    order: RunOrder,
    activation: Activation,
    registration: Registration,
    traces: Tracing | null | Promise<Tracing | null>,
    prepared?: Promise<Start>,
  ): Promise<void> {
    this.#preparing.set(order.run, false);
    let trace: Tracing | null;
    let start: Start;
    try {
      trace = await traces;
      start = await (prepared ?? registration.prepare(wireParameters(activation)));
    } catch (error) {
      this.#preparing.delete(order.run);
      this.#unprepared(order, activation, registration, error);
      return;
    }
    const cancelled = this.#preparing.get(order.run) === true;
    this.#preparing.delete(order.run);
    if (!cancelled) this.#start(order, activation, registration, start, trace);
    else if (this.#begin(order)) this.#events.ended(order.run, NEVER_STARTED, false, 0);
  }

  #unprepared(order: RunOrder, activation: Activation, { facts }: Registration, error: unknown): void {
    if (error instanceof ParameterError) this.#refuse(order, "bad_parameters", error.message);
    else if (this.#begin(order)) this.#events.ended(order.run, resultOfError(error, facts, activation), false, 0);
  }

  #start(order: RunOrder, activation: Activation, { facts }: Registration, start: Start, trace: Tracing | null): void {
    if (!this.#begin(order)) return;
    const now = this.#clock.now();
    const run = new ActiveRun(order, facts, activation, now, this.#clock.wall() + order.deadline, this.#log);
    this.#active.set(order.run, run);
    this.#deadlines.add(run, now + order.deadline);
    const called = () => executed(run, () => start(run));
    let returned: unknown;
    try {
      if (trace === null || trace.isIdle) returned = withinRun(run.scope, called);
      else returned = withinRun(run.scope, () => trace.run(run, () => attend(run, called)));
    } catch (error) {
      returned = Promise.reject(error);
    }
    if ((typeof returned !== "object" || returned === null) && typeof returned !== "function") {
      this.#returnedAtOnce(run);
      return;
    }
    Promise.resolve(returned).then(
      () => this.#handlerEnded(run),
      (error: unknown) => this.#handlerEnded(run, { error }),
    );
  }

  /** Its handler is not asynchronous. */
  #returnedAtOnce(run: ActiveRun): void {
    this.#returned.push(run);
    if (this.#returned.length > 1) return;
    void SOON.then(() => {}).then(() => {
      for (const each of this.#returned.splice(0)) this.#handlerEnded(each);
    });
  }

  /** `failure`: the handler threw. */
  #handlerEnded(run: ActiveRun, failure?: { readonly error: unknown }): void {
    if (run.scope.isSettled) this.#settle(run, failure);
    else void this.#settleLater(run, failure);
  }

  /** Waits for its `.delay()` calls first. */
  async #settleLater(run: ActiveRun, failure: { readonly error: unknown } | undefined): Promise<void> {
    let ended = failure;
    try {
      await run.scope.settled();
    } catch (error) {
      ended ??= { error };
    }
    this.#settle(run, ended);
  }

  #settle(run: ActiveRun, failure: { readonly error: unknown } | undefined): void {
    const result =
      failure !== undefined
        ? this.#resultOf(run, failure.error)
        : wasCancelled(run)
          ? returnedAfterCancel(run, this.#clock.now())
          : COMPLETE;
    if (run.ended) this.#events.late(run.run);
    else if (run.abortReason instanceof WorkerStopping && result !== COMPLETE) this.#interrupted(run);
    else this.#end(run, result, false);
  }

  #overdue(run: ActiveRun): void {
    if (run.ended) return;
    const now = this.#clock.now();
    if (wasCancelled(run)) {
      this.#end(run, givenUpAfterCancel(run, now), true);
      return;
    }
    const error = new ProcessingDeadlineExceeded(run.name, run.limit);
    run.abort(error, now);
    this.#end(run, resultOfError(error, run.facts, run.activation), true);
  }

  #resultOf(run: ActiveRun, error: unknown): RunResult {
    if (wasCancelled(run)) return failedAfterCancel(run, this.#clock.now(), error);
    return resultOfError(error, run.facts, run.activation);
  }

  #interrupted(run: ActiveRun): void {
    run.ended = true;
    this.#active.delete(run.run);
    this.#deadlines.delete(run);
    this.#events.interrupted(run.run);
  }

  #end(run: ActiveRun, result: RunResult, stillRunning: boolean): void {
    run.ended = true;
    this.#active.delete(run.run);
    this.#deadlines.delete(run);
    const ran = Math.max(1, Math.round(this.#clock.now() - run.startedAt));
    this.#events.ended(run.run, result, stillRunning, ran);
  }

  #refuseUnknown(order: RunOrder, { namespace, task }: Activation): void {
    if (this.#namespaces.has(namespace)) this.#refuse(order, "unknown_task", `this worker has no task "${task}"`);
    else
      this.#refuse(
        order,
        "unknown_namespace",
        `this worker has neither task "${task}" nor any other task of namespace "${namespace}"`,
      );
  }

  #refuse(order: RunOrder, reason: string, error: string): void {
    if (!this.#begin(order)) return;
    this.#events.ended(order.run, { kind: "failure", reason, error: cutError(error) }, false, 0);
  }
}

function wireParameters({ parameters: bytes, headers, legacyParameters: json }: Activation): WireParameters {
  const compressed = headers.get("compression-type") === "zstd";
  return json === undefined ? { bytes, compressed } : { bytes, compressed, json };
}

/** Calls the handler, then waits for its `.delay()` calls, also if it threw: they belong to its trace. */
async function attend(run: ActiveRun, called: () => unknown): Promise<void> {
  try {
    await called();
  } catch (error) {
    await run.scope.settled().catch(() => {});
    throw error;
  }
  await run.scope.settled();
}
