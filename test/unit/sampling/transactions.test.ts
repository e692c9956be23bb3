import { describe, expect, test } from "vitest";
import {
  DivisionByZero,
  InvalidModelInput,
  ModelType,
  modelFactory,
  type TransactionsInput,
  transactions,
  UnknownModelType,
} from "#runtime/sampling/index.js";

const model = transactions<string>();
const run = (counts: Record<string, number>, rest: Partial<TransactionsInput<string>>) => {
  const { classes, implicitRate } = model.run({
    classes: Object.entries(counts).map(([id, count]) => ({ id, count })),
    sampleRate: 0.5,
    total: null,
    totalNumClasses: null,
    intensity: 1,
    ...rest,
  });
  return { rates: classes.map(({ id, newSampleRate }) => [id, newSampleRate]), implicitRate };
};

describe("section 8.2: the transactions model", () => {
  test("the worked example: A 500, B 100, total 1000, 10 classes, rate 0.3, intensity 1", () => {
    const { rates, implicitRate } = run({ A: 500, B: 100 }, { sampleRate: 0.3, total: 1000, totalNumClasses: 10 });
    expect(rates).toEqual([
      ["B", expect.closeTo(0.3, 12)],
      ["A", expect.closeTo(0.06, 12)],
    ]);
    expect(implicitRate).toBeCloseTo(0.6, 12);
  });

  test("a. without implicit classes: the full model, and the implicit rate is the sample rate", () =>
    expect(run({ a: 60, b: 30, c: 2 }, { totalNumClasses: 3 })).toEqual({
      rates: [
        ["c", 1],
        ["b", expect.closeTo(22 / 30, 12)],
        ["a", expect.closeTo(22 / 60, 12)],
      ],
      implicitRate: 0.5,
    }));

  test.each([[null], [0], [1]])("totalNumClasses %j: no more than the explicit ones", (totalNumClasses) =>
    expect(run({ a: 60, b: 30, c: 2 }, { totalNumClasses })).toEqual(
      run({ a: 60, b: 30, c: 2 }, { totalNumClasses: 3 }),
    ),
  );

  test("total null is the sum of the explicit counts", () =>
    expect(run({ a: 60, b: 30 }, { totalNumClasses: 2 })).toEqual(
      run({ a: 60, b: 30 }, { totalNumClasses: 2, total: 90 }),
    ));

  test("b. a tail below its budget is kept whole, the explicit ones share the rest", () => {
    // budget 50, 12.5 a class; the tail of two holds 10: 40 are left for 90
    const { rates, implicitRate } = run({ a: 80, b: 10 }, { total: 100, totalNumClasses: 4 });
    expect(implicitRate).toBe(1);
    expect(rates).toEqual([
      ["b", 1],
      ["a", expect.closeTo(30 / 80, 12)],
    ]);
  });

  test("b. a total below the explicit sum has a negative tail", () => {
    const { rates, implicitRate } = run({ a: 80, b: 20 }, { total: 90, totalNumClasses: 3 });
    expect(implicitRate).toBe(1);
    // budget 45, tail -10: 55 for 100
    expect(rates).toEqual([
      ["b", 1],
      ["a", expect.closeTo(35 / 80, 12)],
    ]);
  });

  test("c. a head below its budget is kept whole, in descending order", () => {
    // budget 50, 12.5 a class; the head holds 20: 30 are left for 80
    const { rates, implicitRate } = run({ b: 8, a: 12 }, { total: 100, totalNumClasses: 4 });
    expect(rates).toEqual([
      ["a", 1],
      ["b", 1],
    ]);
    expect(implicitRate).toBeCloseTo(30 / 80, 12);
  });

  test("d. the floor holds for explicit and implicit classes; it is never above the sample rate", () => {
    const input = { total: 1000, totalNumClasses: 100, sampleRate: 0.1 };
    // budget 100, 1 a class, 2 for the head of 500; the floor gives 0.1 * 500
    const floored = run({ a: 400, b: 100 }, { ...input, minSampleRate: 0.9 });
    expect(floored).toEqual({
      rates: [
        ["b", expect.closeTo(0.1, 12)],
        ["a", expect.closeTo(0.1, 12)],
      ],
      implicitRate: expect.closeTo(0.1, 12),
    });
    const free = run({ a: 400, b: 100 }, input);
    expect(free.rates).toEqual([
      ["b", expect.closeTo(0.01, 12)],
      ["a", expect.closeTo(0.0025, 12)],
    ]);
    expect(free.implicitRate).toBeCloseTo(98 / 500, 12);
  });

  test("the order of the explicit classes does not matter; equal counts go by id, descending", () => {
    const counts = { a: 30, b: 30, c: 500 };
    const turned = { c: 500, b: 30, a: 30 };
    expect(run(counts, { total: 1000 })).toEqual(run(turned, { total: 1000 }));
    expect(run(counts, {}).rates.map(([id]) => id)).toEqual(["a", "b", "c"]);
  });

  test.each([
    ["E = 0 in d", { a: 0 }, { total: 5, totalNumClasses: 9, sampleRate: 0 }],
    ["all counts 0 at rate 0", { a: 0, b: 0 }, { total: 0, totalNumClasses: 5, sampleRate: 0 }],
    ["I = 0 in d", { a: 4 }, { total: 4, totalNumClasses: 2, sampleRate: 0 }],
  ])("a division by zero throws with both values: %s", (_title, counts, rest) => {
    expect(() => run(counts, rest)).toThrow(DivisionByZero);
    expect(() => run(counts, rest)).toThrow(/cannot be computed: expected a finite number, got -?\d.* \/ 0/);
  });

  test.each([
    ["no class", {}, {}, "expected classes to hold at least one class, got none"],
    ["a rate above 1", { a: 1 }, { sampleRate: 2 }, "expected sampleRate to be between 0 and 1, got 2"],
    ["an intensity below 0", { a: 1 }, { intensity: -1 }, "expected intensity to be between 0 and 1, got -1"],
    ["a floor above 1", { a: 1 }, { minSampleRate: 3 }, "expected minSampleRate to be between 0 and 1, got 3"],
    ["a negative count", { a: -1 }, {}, 'expected the count of "a" to be a finite number of at least 0, got -1'],
    [
      "a total that is no number",
      { a: 1 },
      { total: Number.NaN },
      "expected total to be a finite number of at least 0, got NaN",
    ],
    [
      "an infinite number of classes",
      { a: 1 },
      { totalNumClasses: Number.POSITIVE_INFINITY },
      "expected totalNumClasses to be a finite number of at least 0, got Infinity",
    ],
    [
      "counts whose sum is no number",
      { a: 1e308, b: 1e308 },
      {},
      "expected the sum of all counts to be a finite number of at least 0, got Infinity",
    ],
  ])("%s is invalid", (_title, counts, rest, message) => {
    expect(() => run(counts, rest)).toThrow(InvalidModelInput);
    expect(() => run(counts, rest)).toThrow(`transactions model: ${message}`);
  });
});

describe("section 8: the factory", () => {
  test("gives the model of each type", () => {
    expect(ModelType).toEqual({ transactions: 1, projects: 2, full: 3 });
    expect([modelFactory(1).name, modelFactory(2).name, modelFactory(3).name]).toEqual([
      "transactions",
      "projects",
      "full",
    ]);
  });

  test.each([[0], [4], ["full"], [undefined]])("fails for type %j by name", (type) => {
    // @ts-expect-error: there is no such type
    const make = () => modelFactory(type);
    expect(make).toThrow(UnknownModelType);
    expect(make).toThrow(`1 (transactions), 2 (projects) or 3 (full), got ${JSON.stringify(type) ?? "undefined"}`);
  });
});
