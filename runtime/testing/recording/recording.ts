import type { Registry } from "../../activation/registry.js";
import { checkNames, kindOf, OptionError } from "../../base/option-error.js";
import { shared } from "../../base/shared.js";
import { SPEC, type Task } from "../../client/task.js";
import type { Drained, DrainOptions } from "../broker/drain.js";
import { TestClock } from "../clock.js";
import { DrainError, TestingError } from "../errors.js";
import type { Call, RecordedCall } from "./call.js";
import { CallList, type Calls } from "./calls.js";
import type { ExpectedOptions } from "./expectation.js";
import type { Matching } from "./matching.js";
import { Recorder } from "./recorder.js";
import { takeCalls } from "./stand-in.js";

export interface RecordOptions {
  /** Default: a new one, stopped at the current time. */
  readonly clock?: TestClock;
}

/** Until it is closed, every `.delay()` call of this process is checked and recorded instead of sent. */
export interface Recording extends Calls, AsyncDisposable {
  readonly clock: TestClock;
  /** Forgets the recorded calls; those not drained yet will not run. */
  clear(): void;
  /**
   * Runs the calls recorded since the last drain, in its own broker and worker, until nothing is left, including retries
   * and the calls of the handlers. The clock moves to each next time at which something is due. Calls of other
   * applications' tasks are not run. Rejects with DrainError: drain_failures, drain_limit, no_handler.
   */
  drain(handlers: Registry, options?: DrainOptions): Promise<Drained>;
  /** Stops recording: calls are sent again. Waits for pending calls. */
  close(): Promise<void>;
}

const open = shared<{ latest: RunningRecording | undefined }>("recording", () => ({ latest: undefined }));

/** Throws TestingError `already_testing` while another recording or a test broker receives the calls. */
export function recordTasks(options: RecordOptions = {}): Recording {
  checkNames("recordTasks", "options", options, ["clock"]);
  const { clock = new TestClock() } = options;
  if (typeof clock?.advance !== "function")
    throw new OptionError("recordTasks", `options.clock: expected a TestClock, got ${kindOf(clock)}`);
  open.latest = new RunningRecording(clock);
  return open.latest;
}

/**
 * `expectDelayed` of the recording that is open. Throws TestingError: `not_delayed`, or `not_recording` when none is.
 */
export function expectDelayed<P, I>(
  task: Task<P, I>,
  partial?: Matching<NoInfer<P>>,
  options?: ExpectedOptions,
): Call<P> {
  if (open.latest === undefined) {
    throw new TestingError(
      "not_recording",
      `expected a recording to look for ${task[SPEC].key} in, found none open; call recordTasks() before the code under test`,
    );
  }
  return open.latest.expectDelayed(task, partial, options);
}

class RunningRecording implements Recording {
  readonly clock: TestClock;
  readonly #recorder: Recorder;
  readonly #giveCallsBack: () => void;
  /** Calls not drained yet. */
  #left: RecordedCall[] = [];
  /** Where calls go while a drain runs. */
  #draining: ((calls: readonly RecordedCall[]) => Promise<void>) | undefined;

  constructor(clock: TestClock) {
    this.clock = clock;
    this.#recorder = new Recorder(
      "a recording (recordTasks)",
      () => clock.now(),
      (calls) => this.#keep(calls),
    );
    this.#giveCallsBack = takeCalls({
      name: this.#recorder.name,
      clientFor: (task) => this.#recorder.clientFor(task),
      overhear: (calls) => {
        this.#recorder.calls.push(...calls);
        this.#left.push(...calls);
      },
    });
  }

  get all(): readonly Call[] {
    return this.#recorder.calls;
  }

  calls<P, I>(task: Task<P, I>): readonly Call<P>[] {
    return new CallList(this.all).calls(task);
  }

  expectDelayed<P, I>(task: Task<P, I>, partial?: Matching<NoInfer<P>>, options?: ExpectedOptions): Call<P> {
    return new CallList(this.all).expectDelayed(task, partial, options);
  }

  clear(): void {
    this.#recorder.calls.length = 0;
    this.#left = [];
  }

  async drain(handlers: Registry, options: DrainOptions = {}): Promise<Drained> {
    if (this.#draining !== undefined)
      throw new TestingError("already_draining", "this recording is being drained already");
    // Broker and worker are loaded only when a recording is drained.
    const { InProcessBroker } = await import("../broker/test-broker.js");
    await using broker = new InProcessBroker({ handlers, clock: this.clock });
    await broker.start();
    const missing = new Set<string>();
    const take = async (calls: readonly RecordedCall[]): Promise<void> => {
      const own = calls.filter(({ spec }) => spec.application === handlers.application);
      this.#left.push(...calls.filter((call) => !own.includes(call)));
      for (const { spec } of own) if (!handlers.tasks.has(spec.name)) missing.add(spec.key);
      await broker.take(own);
    };
    const left = this.#left;
    this.#left = [];
    this.#draining = take;
    try {
      await take(left);
      const result = await broker.drain(options);
      if (missing.size > 0) {
        throw new DrainError(
          "no_handler",
          `these handlers do not include the tasks of some calls: ${[...missing].sort().join(", ")}; pass the registry of all handlers (defineHandlers), or clear() the calls that should not run`,
        );
      }
      return result;
    } finally {
      this.#draining = undefined;
    }
  }

  async close(): Promise<void> {
    this.#giveCallsBack();
    if (open.latest === this) open.latest = undefined;
    await this.#recorder.settled();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #keep(calls: readonly RecordedCall[]): Promise<void> {
    if (this.#draining === undefined) this.#left.push(...calls);
    else await this.#draining(calls);
  }
}
