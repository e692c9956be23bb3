import { describe, expect, it } from "vitest";
import { figure, ratioText, spreadText } from "../../bench/report/figures.js";
import { median, quantile, ratios, spread } from "../../bench/report/statistics.js";

describe("the figures of a benchmark", () => {
  it("have the middle round as their median, between the two middle ones of an even count", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([9, 1, 5, 7])).toBe(6);
    expect(median([])).toBeNaN();
  });

  it("have quantiles by the nearest rank, whatever the order", () => {
    const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);
    expect([0, 0.5, 0.99, 1].map((share) => quantile(hundred, share))).toEqual([1, 50, 99, 100]);
    expect(quantile([3], 0.99)).toBe(3);
  });

  it("are compared round by round, without the rounds that one of them lacks", () => {
    const ours = [10, 30, undefined, 50];
    expect(ratios(ours, [5, 10, 7, 0])).toEqual([2, 3]);
    expect(spread(ratios(ours, [5, 10, 7, 0]))).toEqual({ median: 2.5, min: 2, max: 3 });
  });

  it.each([
    [55_432, "55,400"],
    [786.4, "786"],
    [12.34, "12.3"],
    [4.444, "4.44"],
    [0, "0"],
    [Number.NaN, "-"],
  ])("are written for people: %f as %s", (value, text) => expect(figure(value)).toBe(text));

  it("are written with the least and the greatest round, unless these are the same", () => {
    expect(spreadText({ median: 20_000, min: 19_000, max: 21_500 })).toBe("20,000 (19,000-21,500)");
    expect(spreadText({ median: 5, min: 5, max: 5 })).toBe("5");
    expect(ratioText({ median: 2.1, min: 1.94, max: 2.3 })).toBe("**2.10x** (1.94-2.30)");
    expect(ratioText({ median: Number.NaN, min: Number.NaN, max: Number.NaN })).toBe("-");
  });
});
