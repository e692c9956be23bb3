import type { Activation } from "../../activation/activation.js";
import { RunScope, type TaskRun } from "../../activation/run.js";
import type { TaskFacts } from "../../activation/task.js";

/** One run of a handler. What most handlers never read (signal, deadline) is made when it is read. */
export class ActiveRun implements TaskRun {
  readonly run: number;
  readonly facts: TaskFacts;
  readonly activation: Activation;
  /** Milliseconds from its start to its deadline. */
  readonly limit: number;
  readonly scope: RunScope = new RunScope(this);
  /** Its result was reported; what the handler still does changes nothing. */
  ended = false;
  readonly #due: number;
  #controller: AbortController | undefined;
  #aborted: { readonly reason: Error } | undefined;

  constructor(run: number, facts: TaskFacts, activation: Activation, limit: number, due: number) {
    this.run = run;
    this.facts = facts;
    this.activation = activation;
    this.limit = limit;
    this.#due = due;
  }

  get id(): string {
    return this.activation.id;
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

  /** Why the run was interrupted, undefined while it was not. */
  get abortReason(): Error | undefined {
    return this.#aborted?.reason;
  }

  abort(reason: Error): void {
    if (this.#aborted !== undefined) return;
    this.#aborted = { reason };
    this.#controller?.abort(reason);
  }
}
