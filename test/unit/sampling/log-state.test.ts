import { describe, expect, test } from "vitest";
import { DynamicSamplingLogState } from "#runtime/sampling/index.js";

const ZERO = { numRowsTotal: 0, numDbCalls: 0, numIterations: 0, numProjects: 0, numOrgs: 0, executionTime: 0 };

describe("section 2: DynamicSamplingLogState", () => {
  test("starts with six zeros, and toDict gives exactly these six keys", () =>
    expect(new DynamicSamplingLogState().toDict()).toEqual(ZERO));

  test.each([[null], [undefined], [{}]])("fromDict(%j) is a fresh state", (dict) =>
    expect(DynamicSamplingLogState.fromDict(dict).toDict()).toEqual(ZERO),
  );

  test("fromDict takes what is there, missing keys are 0, unknown ones are ignored", () => {
    const dict = { numOrgs: 3, executionTime: 1.5, unknown: 7 };
    expect(DynamicSamplingLogState.fromDict(dict).toDict()).toEqual({ ...ZERO, numOrgs: 3, executionTime: 1.5 });
  });

  test("what toDict gives, fromDict takes", () => {
    const dict = { numRowsTotal: 1, numDbCalls: 2, numIterations: 3, numProjects: 4, numOrgs: 5, executionTime: 6.5 };
    expect(DynamicSamplingLogState.fromDict(dict).toDict()).toEqual(dict);
  });

  test("increment adds to five fields, never to executionTime, and gives the same object", () => {
    const state = DynamicSamplingLogState.fromDict({ executionTime: 2 });
    const more = { numRowsTotal: 1, numDbCalls: 2, numIterations: 3, numProjects: 4, numOrgs: 5, executionTime: 9 };
    expect(state.increment(more)).toBe(state);
    expect(state.increment({ numOrgs: 1 }).toDict()).toEqual({ ...more, numOrgs: 6, executionTime: 2 });
  });

  test("states are equal by value", () => {
    expect(new DynamicSamplingLogState().equals(new DynamicSamplingLogState())).toBe(true);
    for (const key of ["numRowsTotal", "numDbCalls", "numIterations", "numProjects", "numOrgs", "executionTime"]) {
      expect(DynamicSamplingLogState.fromDict({ [key]: 1 }).equals(new DynamicSamplingLogState())).toBe(false);
    }
  });
});
