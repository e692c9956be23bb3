import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BudgetExceedsTotal, DivisionByZero, full, InvalidModelInput } from "#runtime/sampling/index.js";
import { type AnyClass, classes, kept, share, sorted } from "./arbitraries.js";

const model = full<number | string>();

function errorOf(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("expected an error, none was thrown");
}

describe("the worked example: counts 60, 30, 2, rate 0.5, intensity 1", () => {
  const input = [
    { id: "a", count: 60 },
    { id: "b", count: 30 },
    { id: "c", count: 2 },
  ];
  const { classes: rated, usedBudget } = model.run({ classes: input, sampleRate: 0.5, intensity: 1 });

  test("the smallest comes first and is kept whole, the others share the rest", () => {
    expect(rated.map(({ id }) => id)).toEqual(["c", "b", "a"]);
    expect(rated[0]?.newSampleRate).toBe(1);
    expect(rated[1]?.newSampleRate).toBeCloseTo(22 / 30, 12);
    expect(rated[2]?.newSampleRate).toBeCloseTo(22 / 60, 12);
  });

  test("the whole budget is used", () => expect(usedBudget).toBeCloseTo(46, 12));

  test("the input list is left alone", () =>
    expect(input).toEqual([
      { id: "a", count: 60 },
      { id: "b", count: 30 },
      { id: "c", count: 2 },
    ]));
});

describe("invalid input is refused with every violated rule", () => {
  const one = [{ id: 1, count: 1 }];
  test.each([
    [
      "a rate above 1",
      { classes: one, sampleRate: 1.1, intensity: 1 },
      "full model: expected sampleRate to be between 0 and 1, got 1.1",
    ],
    [
      "a rate that is no number",
      { classes: one, sampleRate: Number.NaN, intensity: 1 },
      "full model: expected sampleRate to be between 0 and 1, got NaN",
    ],
    [
      "an intensity below 0",
      { classes: one, sampleRate: 1, intensity: -0.1 },
      "full model: expected intensity to be between 0 and 1, got -0.1",
    ],
    [
      "a floor above 1",
      { classes: one, sampleRate: 1, intensity: 1, minSampleRate: 2 },
      "full model: expected minSampleRate to be between 0 and 1, got 2",
    ],
    [
      "no class",
      { classes: [], sampleRate: 1, intensity: 1 },
      "full model: expected classes to hold at least one class, got none",
    ],
    [
      "two problems",
      { classes: [{ id: "x", count: Number.POSITIVE_INFINITY }], sampleRate: 2, intensity: 1 },
      'full model: expected sampleRate to be between 0 and 1, got 2; expected the count of "x" to be a finite number of at least 0, got Infinity',
    ],
  ])("%s", (_name, input, message) => {
    const error = errorOf(() => model.run(input));
    expect(error).toBeInstanceOf(InvalidModelInput);
    expect(error.message).toBe(message);
  });

  test("both ends of the range are valid", () => {
    expect(model.run({ classes: one, sampleRate: 1, intensity: 0, minSampleRate: 1 }).classes[0]?.newSampleRate).toBe(
      1,
    );
    expect(model.run({ classes: one, sampleRate: 0, intensity: 1, minSampleRate: 0 }).classes[0]?.newSampleRate).toBe(
      0,
    );
  });
});

describe("the minimum budget", () => {
  const input = {
    classes: [
      { id: 1, count: 90 },
      { id: 2, count: 10 },
    ],
    sampleRate: 0.1,
    intensity: 1,
  };

  test("above the total is an error", () =>
    expect(() => model.run({ ...input, minBudget: 101 })).toThrow(BudgetExceedsTotal));

  test("equal to the total keeps everything", () =>
    expect(model.run({ ...input, minBudget: 100 }).classes.map(({ newSampleRate }) => newSampleRate)).toEqual([1, 1]));

  test("null is the total times the rate", () =>
    expect(model.run({ ...input, minBudget: null })).toEqual(model.run(input)));

  test("a negative one is no minimum: a small class leaves its share unspent", () => {
    const uneven = {
      ...input,
      classes: [
        { id: 1, count: 98 },
        { id: 2, count: 2 },
      ],
    };
    expect(model.run({ ...uneven, minBudget: -1 }).usedBudget).toBe(7); // ideal 5: all of 2, 5 of 98
    expect(model.run(uneven).usedBudget).toBeCloseTo(10, 12);
  });

  test("raises the ideal of the first class already", () => {
    const { classes: rated, usedBudget } = model.run({ ...input, minBudget: 50 });
    expect(usedBudget).toBeCloseTo(50, 12);
    expect(rated[0]?.newSampleRate).toBe(1);
    expect(rated[1]?.newSampleRate).toBeCloseTo(40 / 90, 12);
  });
});

describe("a class with count 0", () => {
  const zero = { id: 0, count: 0 };
  test("gets rate 1 when it would have been given something", () =>
    expect(model.run({ classes: [{ id: 1, count: 4 }, zero], sampleRate: 0.5, intensity: 1 }).classes[0]).toEqual({
      id: 0,
      count: 0,
      newSampleRate: 1,
    }));

  test.each([
    ["at rate 0", { classes: [{ id: 1, count: 4 }, zero], sampleRate: 0, intensity: 1 }],
    ["at intensity 0", { classes: [{ id: 1, count: 4 }, zero], sampleRate: 0.5, intensity: 0 }],
    ["among nothing but zeros", { classes: [zero, zero], sampleRate: 0.5, intensity: 1 }],
  ])("is a division by zero %s", (_name, input) => expect(() => model.run(input)).toThrow(DivisionByZero));
});

test("the floor wins over the ideal", () => {
  const { classes: rated } = model.run({
    classes: [
      { id: 1, count: 1000 },
      { id: 2, count: 10 },
    ],
    sampleRate: 0.1,
    intensity: 1,
    minSampleRate: 0.2,
  });
  expect(rated.map(({ newSampleRate }) => newSampleRate)).toEqual([1, 0.2]);
});

describe("for all positive counts", () => {
  test("rates are in 0..1, and what they keep is the used budget", () =>
    fc.assert(
      fc.property(classes, share, share, share, (list, sampleRate, intensity, minSampleRate) => {
        const { classes: rated, usedBudget } = model.run({
          classes: sorted(list),
          sampleRate,
          intensity,
          minSampleRate,
        });
        for (const { newSampleRate } of rated) {
          expect(newSampleRate).toBeGreaterThanOrEqual(0);
          expect(newSampleRate).toBeLessThanOrEqual(1);
          expect(newSampleRate).toBeGreaterThanOrEqual(minSampleRate * (1 - 1e-12));
        }
        expect(kept(rated)).toBeCloseTo(usedBudget, 4);
      }),
    ));

  test("intensity 0 leaves every class at the sample rate", () =>
    fc.assert(
      fc.property(classes, share, (list, sampleRate) => {
        for (const { newSampleRate } of model.run({ classes: sorted(list), sampleRate, intensity: 0 }).classes) {
          expect(newSampleRate).toBeCloseTo(sampleRate, 9);
        }
      }),
    ));

  test("intensity 1 without a floor spends the budget and keeps a smaller class at no lower rate", () =>
    fc.assert(
      fc.property(classes, share, (list, sampleRate) => {
        const total = list.reduce((sum, { count }) => sum + count, 0);
        const { classes: rated, usedBudget } = model.run({ classes: sorted(list), sampleRate, intensity: 1 });
        expect(usedBudget).toBeCloseTo(total * sampleRate, 4);
        rated.reduce((smaller, larger) => {
          expect(larger.newSampleRate).toBeLessThanOrEqual(smaller.newSampleRate * (1 + 1e-9));
          return larger;
        });
      }),
    ));

  test("the result is the reversed input with rates", () =>
    fc.assert(
      fc.property(classes, share, share, (list, sampleRate, intensity) => {
        const plain = ({ id, count }: AnyClass) => ({ id, count });
        expect(model.run({ classes: list, sampleRate, intensity }).classes.map(plain)).toEqual(
          list.map(plain).reverse(),
        );
      }),
    ));
});
