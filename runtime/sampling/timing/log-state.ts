/** A state as logged. */
export interface LogStateDict {
  readonly numRowsTotal: number;
  readonly numDbCalls: number;
  readonly numIterations: number;
  readonly numProjects: number;
  readonly numOrgs: number;
  /** Seconds. */
  readonly executionTime: number;
}

export type LogStateIncrement = Partial<Omit<LogStateDict, "executionTime">>;

/** The counters of one function or iterator of a task (dynamic-sampling.md 2). All start at 0. */
export class DynamicSamplingLogState {
  numRowsTotal = 0;
  numDbCalls = 0;
  numIterations = 0;
  numProjects = 0;
  numOrgs = 0;
  /** Seconds. */
  executionTime = 0;

  /** A missing key is 0, an unknown one is ignored; null and undefined give a fresh state. */
  static fromDict(dict: Partial<LogStateDict> | null | undefined): DynamicSamplingLogState {
    const state = new DynamicSamplingLogState();
    state.executionTime = dict?.executionTime ?? 0;
    return state.increment(dict ?? {});
  }

  /** Adds to the five counts and gives this same object; never touches executionTime. */
  increment({
    numRowsTotal = 0,
    numDbCalls = 0,
    numIterations = 0,
    numProjects = 0,
    numOrgs = 0,
  }: LogStateIncrement): this {
    this.numRowsTotal += numRowsTotal;
    this.numDbCalls += numDbCalls;
    this.numIterations += numIterations;
    this.numProjects += numProjects;
    this.numOrgs += numOrgs;
    return this;
  }

  /** Exactly the six keys. */
  toDict(): LogStateDict {
    const { numRowsTotal, numDbCalls, numIterations, numProjects, numOrgs, executionTime } = this;
    return { numRowsTotal, numDbCalls, numIterations, numProjects, numOrgs, executionTime };
  }

  /** By value. */
  equals(other: DynamicSamplingLogState): boolean {
    return (
      this.numRowsTotal === other.numRowsTotal &&
      this.numDbCalls === other.numDbCalls &&
      this.numIterations === other.numIterations &&
      this.numProjects === other.numProjects &&
      this.numOrgs === other.numOrgs &&
      this.executionTime === other.executionTime
    );
  }
}
