import { describe, expect, it } from "vitest";
import { bucketOf } from "#runtime/broker/history/histogram.js";
import { History } from "#runtime/broker/history/history.js";
import { answerSeries } from "#runtime/broker/history/series/answer.js";
import { Series } from "#runtime/broker/history/series/series.js";
import { SeriesSampler } from "#runtime/broker/observe/series-sampler.js";
import { ManualClock } from "../../worker/manual-clock.js";
import { MachineHarness, times } from "../machine-harness.js";
import { WALL } from "./ended.js";

const NONE = new Map<string, never>();
const names = (task: string) => ({ application: "app", namespace: "things", task });
const tasksWith = (values: Readonly<Record<string, number>>) =>
  new Map(Object.entries(values).map(([task, completed]) => [task, { names: names(task), point: { completed } }]));

describe("series of a broker", () => {
  it("have a point each 5 s, and the last 720 of them", () => {
    const series = new Series();
    for (let n = 0; n < 1000; n += 1) series.add(WALL + n * 5000, { completed: n }, NONE);
    const { at, broker, step } = answerSeries(series, { names: ["completed", "lag"] });
    expect([step, at.length, at[0], at.at(-1)]).toEqual([
      5,
      720,
      new Date(WALL + 280 * 5000).toISOString(),
      new Date(WALL + 999 * 5000).toISOString(),
    ]);
    expect(broker.completed).toEqual(Array.from({ length: 720 }, (_, n) => n + 280));
    expect(broker.lag).toEqual(Array(720).fill(null));
    expect(Object.keys(broker)).toEqual(["completed", "lag"]);
  });

  it("are the mean of wider steps, and do not reach over a gap", () => {
    const series = new Series();
    for (const second of [0, 5, 10, 600, 605]) series.add(WALL + second * 1000, { pending: second }, NONE);
    const { at, broker } = answerSeries(series, { names: ["pending"], step: 60 });
    expect(broker.pending).toEqual([5, 602.5]);
    expect(at).toEqual(["2026-03-01T10:00:10.000Z", "2026-03-01T10:10:05.000Z"]);
    const later = answerSeries(series, { names: ["pending"], from: "2026-03-01T10:05:00Z" });
    expect(later.broker.pending).toEqual([600, 605]);
  });

  it("are kept of the tasks that are busy now, of 200 at most, and end where a task is no more among them", () => {
    const series = new Series();
    series.add(WALL, {}, tasksWith({ one: 1, two: 2 }));
    series.add(WALL + 5000, {}, tasksWith({ two: 3 }));
    const completed = () =>
      Object.fromEntries(
        answerSeries(series, { tasks: ["one", "two", "t0", "t199"] }).tasks.map(({ task, series: { completed } }) => [
          task,
          completed,
        ]),
      );
    expect(completed()).toEqual({ one: [1, null], two: [2, 3] });
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`t${n}`, n]));
    series.add(WALL + 10_000, {}, tasksWith(many));
    expect(series.tasks).toHaveLength(200);
    expect(completed()).toEqual({ t0: [null, null, 0], t199: [null, null, 199] });
  });

  it("take at most 4 MiB", () => {
    const before = process.memoryUsage().arrayBuffers;
    const series = new Series();
    for (let n = 0; n < 2000; n += 1)
      series.add(WALL + n, {}, tasksWith(Object.fromEntries(Array.from({ length: 200 }, (_, t) => [`${n}-${t}`, 1]))));
    expect(series.tasks).toHaveLength(200);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1024 ** 2);
  });

  it("refuse unknown names and steps by name", () => {
    const series = new Series();
    expect(() => answerSeries(series, { names: ["load"] })).toThrow('names: unknown series "load"; known: taken');
    expect(() => answerSeries(series, { step: 7 })).toThrow("step: expected a multiple of 5 seconds, found 7");
    expect(() => answerSeries(series, { tasks: Array(51).fill("t") })).toThrow("tasks: expected at most 50 entries");
  });
});

describe("the sampler of series", () => {
  it("counts rates since the point before, states now, and percentiles of what ended in between", () => {
    const clock = new ManualClock();
    const history = new History(clock.wall());
    const series = new Series();
    const machine = new MachineHarness({}, {}, history);
    machine.now = clock.now();
    const commits = new Uint32Array(48);
    const sampler = new SeriesSampler(clock, series, history, () => ({
      snapshot: machine.machine.snapshot,
      end: () => 100,
      commits,
      unpublished: 7,
      vitalsOf: () => ({
        report: { busy: 3, unstarted: 0, children: 1, deaths: 0, crashLoop: "", rss: 1, loopLag: 0 },
      }),
    }));
    const pass = (milliseconds: number) => {
      machine.now += milliseconds;
      clock.advance(milliseconds);
    };
    machine.assign();
    machine.holdsOutcomes = true;
    machine.work("w", ["t"], 20);
    machine.arrive(...times(25));
    commits[bucketOf(8)] = 3;
    pass(4000);
    machine.complete("w", machine.claimsOf("w").slice(0, 10));
    machine.fail("w");
    pass(1000);
    pass(5000);
    const { broker, tasks } = answerSeries(series, { tasks: ["t"] });
    expect(broker).toMatchObject({
      taken: [5, 0],
      handed_out: [4, 0],
      completed: [2, 0],
      discarded: [2, 0],
      failed: [2, 0],
      pending: [5, 5],
      processing: [0, 0],
      oldest_pending: [5000, 10_000],
      lag: [75, 75],
      sessions: [1, 1],
      busy: [3, 3],
      unpublished: [7, 7],
      wait_p95: [expect.any(Number), null],
    });
    expect(broker.run_p50?.[0]).toBeGreaterThan(4000 / 1.39);
    expect(broker.run_p50?.[0]).toBeLessThan(4000 * 1.39);
    expect(broker.commit_p95?.[0]).toBeGreaterThan(5);
    expect(tasks).toMatchObject([
      { task: "t", series: { completed: [null, 0], failed: [null, 0], waiting: [5, 5], run_p95: [null, null] } },
    ]);
    sampler.stop();
    pass(60_000);
    expect(answerSeries(series, {}).at).toHaveLength(2);
  });
});
