import { describe, expect, test } from "vitest";
import {
  computeTaskName,
  dynamicSamplingTask,
  dynamicSamplingTaskWithContext,
  logExtrapolatedMonthlyVolume,
  logQueryTimeout,
  logSampleRateSource,
  sampleFunction,
  type TaskContext,
  TimeoutException,
} from "#runtime/sampling/index.js";
import { recorded } from "./instruments.js";

const BASE = "sentry.tasks.dynamic_sampling.my_task";
const START = ["count", `${BASE}.start`, 1, { sampleRate: 1 }];
const duration = (seconds: number, result: string) => ["duration", BASE, seconds, { sampleRate: 1, tags: { result } }];
const task = { signal: new AbortController().signal };

test("section 6: the metric base name", () => expect(computeTaskName("my_task")).toBe(BASE));

describe("section 6: dynamicSamplingTask", () => {
  test("counts the start, then emits the duration once with result success; gives the value", async () => {
    const { clock, emitted, instruments } = recorded();
    const wrapped = dynamicSamplingTask({ name: "my_task", ...instruments })((a: number, b: number) => {
      expect(emitted).toEqual([START]);
      clock.seconds += 2;
      return a + b;
    });
    expect(await wrapped(1, 2)).toBe(3);
    expect(emitted).toEqual([START, duration(2, "success")]);
  });

  test("an error leaves as result failure and passes on, of async handlers too", async () => {
    const { clock, emitted, instruments } = recorded();
    const wrapped = dynamicSamplingTask({ name: "my_task", ...instruments })(async () => {
      await Promise.resolve();
      clock.seconds += 1;
      throw new Error("inner");
    });
    await expect(wrapped()).rejects.toThrow("inner");
    expect(emitted).toEqual([START, duration(1, "failure")]);
  });

  test("without instruments it runs all the same", async () =>
    expect(await dynamicSamplingTask({ name: "my_task" })(() => 1)()).toBe(1));
});

describe("section 6: dynamicSamplingTaskWithContext", () => {
  const dict = (seconds: number) => ({ taskName: BASE, maxSeconds: 5, seconds, taskData: {} });

  test("gives a context named as the metric, logs what was done between the two metrics, and returns nothing", async () => {
    const { clock, emitted, instruments } = recorded();
    let seen: unknown[] = [];
    const wrapped = dynamicSamplingTaskWithContext({ name: "my_task", maxTaskExecution: 5, ...instruments })(
      (context: TaskContext, parameters: { n: number }, run: typeof task) => {
        seen = [context.name, context.numSeconds, parameters, run];
        clock.seconds += 1;
        return "value";
      },
    );
    expect(await wrapped({ n: 1 }, task)).toBeUndefined();
    expect(seen).toEqual([BASE, 5, { n: 1 }, task]);
    expect(emitted).toEqual([START, ["info", "dynamic_sampling.task_execution", dict(1)], duration(1, "success")]);
  });

  test("a timeout is logged and counted, then rethrown", async () => {
    const { clock, emitted, instruments } = recorded();
    const wrapped = dynamicSamplingTaskWithContext({ name: "my_task", maxTaskExecution: 5, ...instruments })(
      async (context) => {
        await Promise.resolve();
        clock.seconds += 6;
        context.checkTime();
      },
    );
    await expect(wrapped({}, task)).rejects.toThrow(TimeoutException);
    expect(emitted).toEqual([
      START,
      ["error", "dynamic_sampling.task_timeout", dict(6)],
      ["count", "dynamic_sampling.task_timeout", 1, { tags: { task_name: BASE } }],
      duration(6, "failure"),
    ]);
  });

  test("any other error is not logged", async () => {
    const { emitted, instruments } = recorded();
    const wrapped = dynamicSamplingTaskWithContext({ name: "my_task", maxTaskExecution: 5, ...instruments })(() => {
      throw new Error("inner");
    });
    await expect(wrapped({}, task)).rejects.toThrow("inner");
    expect(emitted).toEqual([START, duration(0, "failure")]);
  });

  test("the worker's signal ends it at its next step; the context's limit is unchanged", async () => {
    const { instruments } = recorded();
    const abort = new AbortController();
    const wrapped = dynamicSamplingTaskWithContext({ name: "my_task", maxTaskExecution: 5, ...instruments })(
      (context) => {
        abort.abort(new Error("the worker stops"));
        expect([context.expired, context.expirationTime]).toEqual([false, 5]);
        context.checkTime();
      },
    );
    await expect(wrapped({}, { signal: abort.signal })).rejects.toThrow("the worker stops");
  });
});

describe("section 7: sampleFunction", () => {
  const called = (rate: number, draw: number) => {
    let drawn = 0;
    const calls: unknown[] = [];
    const random = () => {
      drawn += 1;
      return draw;
    };
    expect(sampleFunction((args: object) => calls.push(args), rate, { a: 1 }, random)).toBeUndefined();
    return [calls.length, drawn];
  };

  test.each([
    ["rate 1 calls without a draw", 1, 0.99, [1, 0]],
    ["above 1 too", 1.5, 0.99, [1, 0]],
    ["a draw below the rate calls", 0.5, 0.4, [1, 1]],
    ["a draw of the rate itself calls", 0.5, 0.5, [1, 1]],
    ["a draw above the rate does not", 0.5, 0.6, [0, 1]],
    ["rate 0 calls at draw 0", 0, 0, [1, 1]],
    ["rate 0 does not call at another draw", 0, 0.001, [0, 1]],
    ["a negative rate never calls", -0.1, 0, [0, 1]],
  ])("%s", (_title, rate, draw, expected) => expect(called(rate, draw)).toEqual(expected));
});

describe("section 7: log lines", () => {
  test("the extrapolated monthly volume, with project_id only when there is one", () => {
    const { emitted, instruments } = recorded();
    const line = { orgId: 1, projectId: null, volume: 10, extrapolatedMonthlyVolume: 300, windowSizeInHours: 24 };
    logExtrapolatedMonthlyVolume(instruments.log, line);
    logExtrapolatedMonthlyVolume(instruments.log, { ...line, projectId: 2 });
    const fields = { org_id: 1, volume: 10, extrapolated_monthly_volume: 300, window_size_in_hours: 24 };
    expect(emitted).toEqual([
      ["info", "dynamic_sampling.extrapolate_monthly_volume", fields],
      ["info", "dynamic_sampling.extrapolate_monthly_volume", { ...fields, project_id: 2 }],
    ]);
  });

  test("the source of a sample rate", () => {
    const { emitted, instruments } = recorded();
    const line = { orgId: 1, projectId: null, sampleRate: null, source: "blended_sample_rate", usedFor: "x" };
    logSampleRateSource(instruments.log, line);
    logSampleRateSource(instruments.log, { ...line, projectId: 2, sampleRate: 0.5 });
    const fields = { org_id: 1, sample_rate: null, source: "blended_sample_rate", used_for: "x" };
    expect(emitted).toEqual([
      ["info", "dynamic_sampling.sample_rate_source", fields],
      ["info", "dynamic_sampling.sample_rate_source", { ...fields, sample_rate: 0.5, project_id: 2 }],
    ]);
  });

  test("a query's timeout is logged and counted", () => {
    const { emitted, instruments } = recorded();
    logQueryTimeout(instruments.log, instruments.metrics, { query: "q", offset: 9998, timeoutSeconds: 60 });
    expect(emitted).toEqual([
      ["error", "dynamic_sampling.query_timeout", { query: "q", offset: 9998, timeout_seconds: 60 }],
      ["count", "dynamic_sampling.query_timeout", 1, { tags: { query: "q" } }],
    ]);
  });
});
