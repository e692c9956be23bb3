import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { joinSeries } from "#runtime/front/join/series.js";
import type { SeriesDocument } from "#runtime/operations/documents/series.js";

const STEP_MS = 5000;
const START = Date.parse("2026-11-30T12:00:00Z");

function documentOf(times: readonly number[], value: (index: number) => number | null): SeriesDocument {
  const values = times.map((_, index) => value(index));
  return {
    step: 5,
    at: times.map((at) => new Date(at).toISOString()),
    broker: { completed: values, wait_p95: values, oldest_pending: values },
    tasks: [],
  };
}

function joinedOf(...documents: readonly SeriesDocument[]) {
  const answers = documents.map((document, index) => ({ broker: `b${index}`, document, activation: new Uint8Array() }));
  return joinSeries({ answers, partial: [], refused: [] });
}

/** Times of a broker that takes a point each 5 s, a little late now and then. */
const times = (count: number) =>
  fc
    .record({
      phase: fc.integer({ min: 0, max: STEP_MS - 1 }),
      late: fc.array(fc.integer({ min: 0, max: 400 }), { minLength: count, maxLength: count }),
    })
    .map(({ phase, late }) => late.map((by, index) => START + phase + index * STEP_MS + by));

describe("series of several brokers", () => {
  it("are those of the broker itself when it is the only one", () => {
    const own = documentOf([START + 1, START + 5002], (index) => index);
    expect(joinedOf(own)).toEqual({ ...own, worst: [], partial: [] });
  });

  it("add what can be added and have the worst of percentiles and ages", () => {
    const { at, broker, worst } = joinedOf(
      documentOf([START, START + 5000], (index) => 1 + index),
      documentOf([START + 900, START + 5900], (index) => 10 + index),
    );
    expect(at).toEqual(["2026-11-30T12:00:00.000Z", "2026-11-30T12:00:05.000Z"]);
    expect(broker).toEqual({ completed: [11, 13], wait_p95: [10, 11], oldest_pending: [10, 11] });
    expect(worst).toEqual(["wait_p95", "oldest_pending"]);
  });

  it("have the sum of all at every point, whatever the moments at which brokers take theirs", () => {
    fc.assert(
      fc.property(fc.array(times(30), { minLength: 2, maxLength: 4 }), (brokers) => {
        const { at, broker } = joinedOf(...brokers.map((own, index) => documentOf(own, () => 10 ** index)));
        const sum = brokers.reduce((total, _, index) => total + 10 ** index, 0);
        // Between the last of the first points and the first of the last ones every broker counts.
        const from = Math.max(...brokers.map((own) => own[0] ?? 0));
        const until = Math.min(...brokers.map((own) => own.at(-1) ?? 0));
        for (const [index, each] of at.entries())
          if (Date.parse(each) >= from && Date.parse(each) <= until) expect(broker.completed?.[index]).toBe(sum);
        const steps = at.slice(1).map((each, index) => Date.parse(each) - Date.parse(at[index] ?? ""));
        expect(new Set(steps)).toEqual(new Set([STEP_MS]));
        expect(at.length).toBeGreaterThan(27);
      }),
    );
  });

  it("have no point where no broker has one, and no value where one broker's points have a gap", () => {
    const gap = (times: readonly number[]) => times.filter((at) => at < START + 20_000 || at > START + 60_000);
    const all = Array.from({ length: 20 }, (_, index) => START + index * STEP_MS);
    const both = joinedOf(
      documentOf(gap(all), () => 1),
      documentOf(gap(all.map((at) => at + 700)), () => 1),
    );
    const distances = both.at.slice(1).map((at, index) => Date.parse(at) - Date.parse(both.at[index] ?? ""));
    expect(Math.max(...distances)).toBeGreaterThan(30_000);

    const one = joinedOf(
      documentOf(all, () => 1),
      documentOf(gap(all.map((at) => at + 700)), () => 1),
    );
    expect(one.at).toHaveLength(20);
    expect(one.broker.completed?.[8]).toBeNull();
    expect(one.broker.wait_p95?.[8]).toBeNull();
    expect(one.broker.completed?.[1]).toBe(2);
  });

  it("count a broker from its first point on and end with the newest point that all of them have", () => {
    const long = Array.from({ length: 10 }, (_, index) => START + index * STEP_MS);
    const young = long.slice(6).map((at) => at + 2000);
    const { at, broker } = joinedOf(
      documentOf([...long, START + 10 * STEP_MS], () => 1),
      documentOf(young, () => 1),
    );
    expect(broker.completed?.slice(0, 5)).toEqual([1, 1, 1, 1, 1]);
    expect(broker.completed?.slice(7)).toEqual([2, 2, 2]);
    expect(at.at(-1)).toBe(new Date(START + 9 * STEP_MS).toISOString());
  });

  it("continue without a broker that has taken no point yet or none for long", () => {
    const running = Array.from({ length: 10 }, (_, index) => START + index * STEP_MS);
    const stopped = running.slice(0, 3);
    const { broker } = joinedOf(
      documentOf(running, () => 1),
      documentOf(stopped, () => 5),
      documentOf([], () => 7),
    );
    expect(broker.completed?.at(0)).toBe(6);
    expect(broker.completed?.at(-1)).toBe(1);
  });

  it("stay small when the clock of a broker is years off", () => {
    const { at } = joinedOf(
      documentOf([START, START + 5000], () => 1),
      documentOf([START + 40 * 365 * 86_400_000], () => 1),
    );
    expect(at.length).toBeLessThan(8);
  });

  it("do not invent a value that a broker does not know, or a percentile that nobody measured", () => {
    const { broker } = joinedOf(
      documentOf([START, START + 5000], (index) => (index === 0 ? null : 1)),
      documentOf([START, START + 5000], () => 4),
    );
    expect(broker).toEqual({ completed: [null, 5], wait_p95: [4, 4], oldest_pending: [4, 4] });
    const none = joinedOf(
      documentOf([START], () => null),
      documentOf([START], () => null),
    );
    expect(none.broker).toEqual({ completed: [null], wait_p95: [null], oldest_pending: [null] });
  });

  it("do not sum a series that a broker of an older version does not have", () => {
    const older = { ...documentOf([START], () => 1), broker: { completed: [1] } };
    const { broker } = joinedOf(
      documentOf([START], () => 1),
      older,
    );
    expect(broker).toMatchObject({ completed: [2], oldest_pending: [1] });
    const newer = { ...documentOf([START], () => 1), broker: { completed: [1], taken: [3] } };
    expect(
      joinedOf(
        documentOf([START], () => 1),
        newer,
      ).broker.taken,
    ).toEqual([null]);
  });

  it("of tasks count the brokers that have the task among their busiest", () => {
    const names = { application: "a", namespace: "n", task: "n.t" };
    const withTask = (values: readonly (number | null)[]): SeriesDocument => ({
      ...documentOf([START, START + 5000], () => 0),
      tasks: [{ ...names, series: { completed: values, wait_p95: values } }],
    });
    const { tasks } = joinedOf(withTask([1, 2]), withTask([null, 3]), { ...withTask([]), tasks: [] });
    expect(tasks).toEqual([{ ...names, series: { completed: [1, 5], wait_p95: [1, 3] } }]);
  });
});
