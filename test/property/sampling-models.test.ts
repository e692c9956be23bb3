import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DivisionByZero, full, guardedRun, projects, sortByVolume, transactions } from "#runtime/sampling/index.js";

const numRuns = Number(process.env.TASKWIRE_PROPERTY_RUNS ?? 300);
const share = fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 1e-6, max: 1, noNaN: true }));
const counted = (least: number) =>
  fc.uniqueArray(
    fc.record({
      id: fc.string({ maxLength: 3 }),
      count: fc.oneof(
        fc.integer({ min: least, max: 9 }),
        fc.integer({ min: least, max: 1_000_000 }),
        fc.double({ min: Math.max(least, 1e-3), max: 1e9, noNaN: true }),
      ),
    }),
    { minLength: 1, maxLength: 20, selector: ({ id }) => id },
  );

interface Case {
  readonly classes: readonly { readonly id: string; readonly count: number }[];
  readonly sampleRate: number;
  readonly total: number;
  readonly totalNumClasses: number;
}

/** A project whose implicit classes are a tail of this many, with a volume of its own. */
const project = (least: number): fc.Arbitrary<Case> =>
  fc
    .record({
      classes: counted(least),
      sampleRate: share,
      tail: fc.integer({ min: 0, max: 1000 }),
      tailVolume: fc.integer({ min: 0, max: 2_000_000 }),
    })
    .map(({ classes, sampleRate, tail, tailVolume }) => ({
      classes,
      sampleRate,
      total: classes.reduce((sum, { count }) => sum + count, 0) + (tail === 0 ? 0 : tailVolume),
      totalNumClasses: classes.length + tail,
    }));

/** Equal but for the rounding of sums of this size. */
function expectClose(found: number, expected: number): void {
  expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected)));
}

describe("the transactions model", () => {
  const model = transactions<string>();

  test("rates are in 0..1, for every intensity and floor; where there is no answer it throws, and gives no NaN", () =>
    fc.assert(
      fc.property(project(0), share, share, (input, intensity, minSampleRate) => {
        const errors: unknown[] = [];
        const output = guardedRun(model, { ...input, intensity, minSampleRate }, (error) => errors.push(error));
        expect(errors).toHaveLength(output === null ? 1 : 0);
        if (output === null) return;
        for (const rate of [output.implicitRate, ...output.classes.map(({ newSampleRate }) => newSampleRate)]) {
          expect(rate).toBeGreaterThanOrEqual(0);
          expect(rate).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns },
    ));

  test("at intensity 1 without a floor the kept volume is the budget, and classes below their share are kept whole", () =>
    fc.assert(
      fc.property(project(1), (input) => {
        // At rates that the rounding pushes past 1 or below 0 it may refuse, as the specification requires.
        const output = guardedRun(model, { ...input, intensity: 1 }, () => {});
        fc.pre(output !== null);
        if (output === null) return;
        const explicit = input.classes.reduce((sum, { count }) => sum + count, 0);
        const kept = output.classes.reduce((sum, { count, newSampleRate }) => sum + count * newSampleRate, 0);
        const budget = input.total * input.sampleRate;
        expectClose(kept + output.implicitRate * (input.total - explicit), budget);
        for (const { count, newSampleRate } of output.classes) {
          if (count < (budget / input.totalNumClasses) * (1 - 1e-9)) expect(newSampleRate).toBe(1);
        }
      }),
      { numRuns },
    ));

  test("the order of the explicit classes does not matter", () =>
    fc.assert(
      fc.property(project(1), share, fc.infiniteStream(fc.nat()), (input, intensity, keys) => {
        const classes = input.classes
          .map((each) => ({ each, key: keys.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ each }) => each);
        const run = (of: Case) => guardedRun(model, { ...of, intensity }, () => {});
        expect(run({ ...input, classes })).toEqual(run(input));
      }),
      { numRuns },
    ));

  test("at intensity 1 a class of less volume is never kept at a lower rate", () =>
    fc.assert(
      fc.property(project(1), (input) => {
        const output = guardedRun(model, { ...input, intensity: 1 }, () => {});
        const rates = sortByVolume(output?.classes ?? []).map(({ newSampleRate = 0 }) => newSampleRate);
        for (const [at, rate] of rates.entries())
          expect(rate).toBeGreaterThanOrEqual((rates[at - 1] ?? 0) * (1 - 1e-9));
      }),
      { numRuns },
    ));
});

describe("full and projects", () => {
  test("with counts of 0: rates in 0..1 or an error of their own, never NaN", () =>
    fc.assert(
      fc.property(counted(0), share, share, share, (classes, sampleRate, intensity, minSampleRate) => {
        try {
          const rated = full<string>().run({ classes: sortByVolume(classes), sampleRate, intensity, minSampleRate });
          for (const { newSampleRate } of rated.classes) {
            expect(newSampleRate).toBeGreaterThanOrEqual(0);
            expect(newSampleRate).toBeLessThanOrEqual(1);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(DivisionByZero);
          expect(classes.some(({ count }) => count === 0)).toBe(true);
        }
      }),
      { numRuns },
    ));

  test("projects spend the budget, whatever the order they are given in", () =>
    fc.assert(
      fc.property(counted(1), share, (classes, sampleRate) => {
        const rated = projects<string>().run({ classes, sampleRate });
        expect(projects<string>().run({ classes: [...classes].reverse(), sampleRate })).toEqual(rated);
        const total = classes.reduce((sum, { count }) => sum + count, 0);
        expectClose(
          rated.reduce((sum, { count, newSampleRate }) => sum + count * newSampleRate, 0),
          total * sampleRate,
        );
      }),
      { numRuns },
    ));
});
