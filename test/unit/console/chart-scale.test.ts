import { describe, expect, test } from "vitest";
import {
  linePath,
  pointAt,
  scaleOf,
  thinned,
  timeTicks,
  valueTicks,
} from "../../../console/source/parts/chart/scale.js";

const STEP = 5000;
const at = (count: number) => Array.from({ length: count }, (_, index) => index * STEP);

describe("the lines of a chart", () => {
  test.each([
    [0, [0, 1]],
    [Number.NaN, [0, 1]],
    [7, [0, 2.5, 5, 7.5]],
    [160, [0, 100, 200]],
    [6_480, [0, 2500, 5000, 7500]],
    [0.3, [0, 0.1, 0.2, 0.3]],
  ])("up to %d the axis has round numbers", (most, ticks) => {
    expect(valueTicks(most)).toEqual(ticks);
  });

  test("times of the axis are round and inside", () => {
    const hour = { from: Date.UTC(2026, 0, 1, 0, 41), to: Date.UTC(2026, 0, 1, 1, 41), top: 1, step: STEP };
    expect(timeTicks(hour).map((time) => new Date(time).toISOString().slice(11, 16))).toEqual([
      "00:50",
      "01:00",
      "01:10",
      "01:20",
      "01:30",
      "01:40",
    ]);
    expect(timeTicks({ ...hour, to: hour.from })).toHaveLength(1);
  });

  test("a chart of few points shows ten minutes, with these at the right", () => {
    const { from, to } = scaleOf(at(3), [[1]], STEP);
    expect([from, to]).toEqual([2 * STEP - 600_000, 2 * STEP]);
    expect(scaleOf([], [], STEP).to - scaleOf([], [], STEP).from).toBe(600_000);
  });

  test("unknown values and missing points are gaps, and a lone point is a dot", () => {
    const scale = { ...scaleOf(at(5), [[1]], STEP), from: 0 };
    expect(linePath(at(5), [1, 1, null, 1, 1], scale, 4, 10).match(/M/g)).toHaveLength(2);
    expect(linePath([0, STEP, 10 * STEP, 11 * STEP], [1, 1, 1, 1], { ...scale, to: 11 * STEP }, 11, 10)).toBe(
      "M0.0 0.0L1.0 0.0M10.0 0.0L11.0 0.0",
    );
    expect(linePath(at(3), [null, 1, null], scale, 4, 10)).toMatch(/^M\S+ \S+h\.1$/);
    expect(linePath(at(3), [null, Number.NaN, null], scale, 4, 10)).toBe("");
  });

  test("an hour of 720 points is drawn by their means, and points on both sides of a gap stay apart", () => {
    const times = [...at(360), ...at(360).map((time) => time + 3_600_000)];
    const few = thinned(times, [times.map((_, index) => (index === 0 ? null : 1))], STEP);
    expect(few.at.length).toBeLessThanOrEqual(241);
    expect(few.lines[0]?.every((value) => value === 1)).toBe(true);
    const scale = scaleOf(few.at, few.lines, few.step);
    expect(linePath(few.at, few.lines[0] ?? [], scale, 100, 10).match(/M/g)).toHaveLength(2);
    expect(thinned(at(10), [[1]], STEP).at).toEqual(at(10));
  });

  test("the pointer finds the nearest point, and none in a gap", () => {
    const times = [0, STEP, 100 * STEP];
    expect(pointAt(times, 0.4 * STEP, STEP)).toBe(0);
    expect(pointAt(times, 50 * STEP, STEP)).toBeUndefined();
    expect(pointAt([], 1, STEP)).toBeUndefined();
  });
});
