import { status } from "@grpc/grpc-js";
import { Backoff } from "../../base/backoff.js";
import type { Clock } from "../../base/clock.js";
import { messageOf } from "../../base/errors.js";
import { isCallError } from "../../wire/call-error.js";
import { type SetTaskStatusRequest, TaskActivationStatus } from "../../wire/proto/taskbroker.js";
import type { Outcome } from "../../wire/session.js";
import { SessionEndedError } from "../errors.js";

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 5000;

const STATUSES = {
  complete: TaskActivationStatus.TASK_ACTIVATION_STATUS_COMPLETE,
  retry: TaskActivationStatus.TASK_ACTIVATION_STATUS_RETRY,
  failure: TaskActivationStatus.TASK_ACTIVATION_STATUS_FAILURE,
  // The protocol has no such message, so no run of this session is cancelled.
  cancelled: TaskActivationStatus.TASK_ACTIVATION_STATUS_FAILURE,
} as const;

/** An outcome as ConsumerService takes it: without reason and error. */
function updateOf(id: string, outcome: Outcome): SetTaskStatusRequest {
  return {
    id,
    status: STATUSES[outcome.kind],
    ...(outcome.kind === "retry"
      ? {
          maxAttempts: outcome.maxAttempts,
          delayOnRetry: outcome.delay === undefined ? undefined : BigInt(outcome.delay),
        }
      : {}),
  };
}

interface Waiting {
  readonly update: SetTaskStatusRequest;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface ReporterOptions {
  readonly clock: Clock;
  /** Most updates in one `send`. */
  readonly most: number;
  /** Resolves when the updates are acknowledged. */
  readonly send: (updates: readonly SetTaskStatusRequest[]) => Promise<void>;
  /** Called for each failed call; the updates are sent again after a wait, unless the reporter is ended. */
  readonly failed: (error: unknown) => void;
}

/** Sends outcomes until the broker acknowledges them, at most `most` in a call and up to `calls` calls at once. */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #calls: number;
  readonly #backoff = new Backoff(FIRST_WAIT_MS, LONGEST_WAIT_MS);
  readonly #inCalls = new Set<Waiting>();
  #queue: Waiting[] = [];
  #calling = 0;
  #scheduled = false;
  #cancelWait: (() => void) | undefined;
  #failing = false;
  #ended: string | undefined;

  constructor(options: ReporterOptions, calls: number) {
    this.#options = options;
    this.#calls = calls;
  }

  report(update: SetTaskStatusRequest): Promise<void> {
    if (this.#ended !== undefined) return Promise.reject(new SessionEndedError(this.#ended));
    return new Promise((resolve, reject) => {
      this.#queue.push({ update, resolve, reject });
      this.#schedule();
    });
  }

  /** The last call failed: the broker takes no outcomes at the moment. */
  get failing(): boolean {
    return this.#failing;
  }

  /** Rejects all reports that are not acknowledged. */
  end(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#cancelWait?.();
    const error = new SessionEndedError(reason);
    for (const { reject } of [...this.#inCalls, ...this.#queue.splice(0)]) reject(error);
    this.#inCalls.clear();
  }

  /** After this turn of the event loop: the worker may report more in it. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#ended !== undefined || this.#cancelWait !== undefined) return;
    while (this.#calling < this.#calls && this.#queue.length > 0) {
      void this.#call(this.#queue.splice(0, this.#options.most));
    }
  }

  async #call(waiting: readonly Waiting[]): Promise<void> {
    this.#calling += 1;
    for (const each of waiting) this.#inCalls.add(each);
    try {
      await this.#options.send(waiting.map(({ update }) => update));
      this.#backoff.reset();
      this.#failing = false;
      for (const { resolve } of waiting) resolve();
    } catch (error) {
      if (isNotFound(error)) for (const { resolve } of waiting) resolve();
      else this.#retry(waiting, error);
    } finally {
      this.#calling -= 1;
      for (const each of waiting) this.#inCalls.delete(each);
      this.#pump();
    }
  }

  #retry(waiting: readonly Waiting[], error: unknown): void {
    if (this.#ended !== undefined) return;
    this.#failing = true;
    this.#queue.unshift(...waiting);
    this.#cancelWait ??= this.#options.clock.after(this.#backoff.next(), () => {
      this.#cancelWait = undefined;
      this.#pump();
    });
    this.#options.failed(error);
  }
}

/**
 * Resolves when every outcome is acknowledged, and removes its claim from `ids`. An activation that could not be
 * decoded has the id "": it cannot be reported, and its deadline ends it. Rejects with SessionEndedError for a claim
 * that the session does not know; the next one knows it.
 */
export async function settleByIds(
  ids: Map<number, string>,
  reporter: Reporter,
  outcomes: readonly Outcome[],
): Promise<void> {
  await Promise.all(
    outcomes.map(async (outcome) => {
      const id = ids.get(outcome.claim);
      if (id === undefined)
        throw new SessionEndedError("the session does not know an activation that an earlier one delivered");
      if (id !== "") await reporter.report(updateOf(id, outcome));
      ids.delete(outcome.claim);
    }),
  );
}

/**
 * Whether a broker answered NOT_FOUND: it has no work. Older ones also give it to an update that they took, when they have
 * no more work or do not know the id.
 */
export function isNotFound(error: unknown): boolean {
  return isCallError(error) && error.code === status.NOT_FOUND;
}

/** For log lines. */
export function failureOf(error: unknown): string {
  return isCallError(error) ? `${status[error.code]}: ${error.details}` : messageOf(error);
}
