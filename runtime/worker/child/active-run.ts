import type { Activation } from "../../activation/activation.js";
import { ROOT_HEADER } from "../../activation/retry.js";
import { askRetry, type RetryRequest, type TaskRun } from "../../activation/run.js";
import { RunScope } from "../../activation/run-scope.js";
import type { TaskFacts } from "../../activation/task.js";
import type { Logger } from "../../base/logger.js";
import type { RunOrder } from "./result.js";
import { runLogger } from "./run-logger.js";

/** One run of a handler. What most handlers never read (signal, deadline) is created on first access. */
export class ActiveRun implements TaskRun {
  readonly run: number;
  readonly facts: TaskFacts;
  readonly activation: Activation;
  /** Milliseconds from its start to its deadline. */
  readonly limit: number;
  readonly lost: number;
  /** When it started, milliseconds of the clock. */
  readonly startedAt: number;
  readonly scope: RunScope = new RunScope(this);
  /** Its result was reported; what the handler does after that changes nothing. */
  ended = false;
  readonly #due: number;
  readonly #sink: Logger;
  #log: Logger | undefined;
  #controller: AbortController | undefined;
  #aborted: { readonly reason: Error; readonly at: number } | undefined;

  /** `due`: its deadline, by the wall clock. */
  constructor(order: RunOrder, facts: TaskFacts, activation: Activation, startedAt: number, due: number, sink: Logger) {
    this.run = order.run;
    this.facts = facts;
    this.activation = activation;
    this.limit = order.deadline;
    this.lost = order.lostBefore ?? 0;
    this.startedAt = startedAt;
    this.#due = due;
    this.#sink = sink;
  }

  get id(): string {
    return this.activation.id;
  }

  get root(): string {
    return this.activation.headers.get(ROOT_HEADER) ?? this.activation.id;
  }

  get name(): string {
    return this.activation.task;
  }

  get namespace(): string {
    return this.activation.namespace;
  }

  get headers(): ReadonlyMap<string, string> {
    return this.activation.headers;
  }

  get attempt(): number {
    return this.activation.retry.attempts + 1;
  }

  get retriesRemaining(): number {
    if (this.activation.retry.atMostOnce) return 0;
    return Math.max(0, (this.facts.retry?.times ?? 1) - this.attempt);
  }

  get deadline(): Date {
    return new Date(this.#due);
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#aborted !== undefined) this.#controller.abort(this.#aborted.reason);
    return this.#controller.signal;
  }

  get log(): Logger {
    this.#log ??= runLogger(this.#sink, this);
    return this.#log;
  }

  retry(request?: RetryRequest): never {
    return askRetry(this, request);
  }

  /** When the run was interrupted, milliseconds of the clock; undefined if it was not. */
  get abortedAt(): number | undefined {
    return this.#aborted?.at;
  }

  /** Why the run was interrupted; undefined if it was not. */
  get abortReason(): Error | undefined {
    return this.#aborted?.reason;
  }

  /** `at`: now, milliseconds of the clock. The first reason counts. */
  abort(reason: Error, at: number): void {
    if (this.#aborted !== undefined) return;
    this.#aborted = { reason, at };
    this.#controller?.abort(reason);
  }
}
