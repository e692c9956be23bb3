import { SPEC, type Task } from "../../client/task.js";
import { type Call, isCallOf } from "./call.js";
import { type ExpectedOptions, findCall } from "./expectation.js";
import type { Matching } from "./matching.js";

/** Recorded calls, oldest first. */
export interface Calls {
  readonly all: readonly Call[];
  /** Those of one task. */
  calls<P, I>(task: Task<P, I>): readonly Call<P>[];
  /**
   * The first call of the task whose parameters and options are as given; what is left out may be anything. Throws
   * TestingError `not_delayed`, which shows the calls there are and how they differ.
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
