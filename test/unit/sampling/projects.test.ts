import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  DivisionByZero,
  full,
  guardedRun,
  InvalidModelInput,
  projects,
  sortByVolume,
} from "#runtime/sampling/index.js";
import { classes, kept, share, sorted } from "./arbitraries.js";

const model = projects<number | string>();

describe("the projects model", () => {
  test("answers in ascending order of volume, whatever the order it was asked in", () => {
    const input = [
      { id: "b", count: 30 },
      { id: "c", count: 2 },
      { id: "a", count: 60 },
    ];
    const rated = model.run({ classes: input, sampleRate: 0.5 });
    expect(rated.map(({ id }) => id)).toEqual(["c", "b", "a"]);
    expect(rated.map(({ newSampleRate }) => newSampleRate.toFixed(4))).toEqual(["1.0000", "0.7333", "0.3667"]);
  });

  test("no projects, no rates", () => expect(model.run({ classes: [], sampleRate: 0.5 })).toEqual([]));

  test("the rate is checked before anything else", () =>
    expect(() => model.run({ classes: [], sampleRate: 1.5 })).toThrow(
      new InvalidModelInput("projects", ["expected sampleRate to be between 0 and 1, got 1.5"]),
    ));

  test("one project ends with the sample rate itself", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), share, (count, sampleRate) => {
        expect(model.run({ classes: [{ id: 1, count }], sampleRate })[0]?.newSampleRate).toBeCloseTo(sampleRate, 9);
      }),
    ));

  test.each([[[0]], [[0, 0, 0]]])("counts %j are a division by zero", (counts) =>
    expect(() => model.run({ classes: counts.map((count, id) => ({ id, count })), sampleRate: 0.5 })).toThrow(
      DivisionByZero,
    ),
  );

  test("is the full model at intensity 1 over the sorted list, and spends the budget", () =>
    fc.assert(
      fc.property(classes, share, (list, sampleRate) => {
        const rated = model.run({ classes: list, sampleRate });
        expect(rated).toEqual(full<number | string>().run({ classes: sorted(list), sampleRate, intensity: 1 }).classes);
        expect(kept(rated)).toBeCloseTo(sampleRate * list.reduce((sum, { count }) => sum + count, 0), 4);
      }),
    ));

  test("gives the same rates for every order of its input", () =>
    fc.assert(
      fc.property(classes, share, fc.infiniteStream(fc.nat()), (list, sampleRate, keys) => {
        const shuffled = list.map((each) => ({ each, key: keys.next().value ?? 0 })).sort((a, b) => a.key - b.key);
        expect(model.run({ classes: shuffled.map(({ each }) => each), sampleRate })).toEqual(
          model.run({ classes: list, sampleRate }),
        );
      }),
    ));
});

describe("a guarded run", () => {
  test("gives the model's answer and reports nothing", () => {
    const reported: unknown[] = [];
    const rated = guardedRun(model, { classes: [{ id: 1, count: 4 }], sampleRate: 0.5 }, (error) =>
      reported.push(error),
    );
    expect(rated).toEqual([{ id: 1, count: 4, newSampleRate: 0.5 }]);
    expect(reported).toEqual([]);
  });

  test.each([
    ["invalid input", { classes: [], sampleRate: -1 }, InvalidModelInput],
    ["an undefined rate", { classes: [{ id: 1, count: 0 }], sampleRate: 0.5 }, DivisionByZero],
  ])("reports %s and gives null", (_name, input, kind) => {
    const reported: unknown[] = [];
    expect(guardedRun(model, input, (error) => reported.push(error))).toBeNull();
    expect(reported).toEqual([expect.any(kind)]);
  });
});

describe("sorting by volume", () => {
  const ids = (list: readonly { readonly id: number | string; readonly count: number }[]) =>
    sortByVolume(list).map(({ id }) => id);

  test("is by count, then by id, both descending", () =>
    expect(
      ids([
        { id: 2, count: 5 },
        { id: 10, count: 5 },
        { id: 1, count: 9 },
      ]),
    ).toEqual([1, 10, 2]));

  test("compares string ids by code point, not by locale or UTF-16 unit", () => {
    const strings = ["a", "B", "ä", "\u{ff5e}", "\u{1f600}", "", "ab"];
    expect(ids(strings.map((id) => ({ id, count: 1 })))).toEqual(["\u{1f600}", "\u{ff5e}", "ä", "ab", "a", "B", ""]);
  });

  test("agrees with a comparison of code point lists", () =>
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: "binary", maxLength: 4 }), { maxLength: 12 }), (strings) => {
        const points = (text: string) =>
          [...text].map((character) => String(character.codePointAt(0)).padStart(8, "0")).join("");
        expect(ids(strings.map((id) => ({ id, count: 1 })))).toEqual(
          [...strings].sort((a, b) => (points(a) < points(b) ? 1 : points(a) > points(b) ? -1 : 0)),
        );
      }),
    ));

  test("refuses numbers among strings", () =>
    expect(() =>
      ids([
        { id: 1, count: 1 },
        { id: "1", count: 1 },
      ]),
    ).toThrow('expected ids of one type in a list of classes, got 1 and "1"'));

  test("gives a new list", () => {
    const input = Object.freeze([Object.freeze({ id: 1, count: 1 }), Object.freeze({ id: 2, count: 2 })]);
    expect(ids(input)).toEqual([2, 1]);
  });
});
