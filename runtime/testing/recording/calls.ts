import { SPEC, type Task } from "../../client/task.js";
import { type Call, isCallOf } from "./call.js";
import { type ExpectedOptions, findCall } from "./expectation.js";
import type { Matching } from "./matching.js";

/** Recorded calls, oldest first. */
export interface Calls {
  readonly all: readonly Call[];
  /** The calls of one task. */
  calls<P, I>(task: Task<P, I>): readonly Call<P>[];
  /**
   * The first call of the task with these parameters and options; omitted ones match anything. Throws TestingError
   * `not_delayed`, which lists the recorded calls and how they differ.
   */
  expectDelayed<P, I>(task: Task<P, I>, partial?: Matching<NoInfer<P>>, options?: ExpectedOptions): Call<P>;
}

export class CallList implements Calls {
  readonly all: readonly Call[];

  constructor(all: readonly Call[]) {
    this.all = all;
  }

  calls<P, I>(task: Task<P, I>): readonly Call<P>[] {
    return this.all.filter((call): call is Call<P> => isCallOf(call, task));
  }

  expectDelayed<P, I>(task: Task<P, I>, partial?: Matching<NoInfer<P>>, options?: ExpectedOptions): Call<P> {
    return findCall(task[SPEC].key, this.calls(task), this.all, partial ?? {}, options);
  }
}
