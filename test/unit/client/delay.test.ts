import { afterEach, describe, expect, it } from "vitest";
import { currentRun, withinRun } from "#runtime/activation/current-run.js";
import { ParameterError } from "#runtime/activation/errors.js";
import { RunScope } from "#runtime/activation/run-scope.js";
import type { DelayOptions } from "#runtime/activation/task.js";
import { OptionError } from "#runtime/base/option-error.js";
import { close } from "#runtime/client/connect.js";
import { AppendError, OversizedError } from "#runtime/client/errors.js";
import { task } from "#runtime/client/task.js";
import { taskRun } from "../../support/tasks/task-run.js";
import { connectTo, RecordingLog, webhookSpec } from "./support.js";

afterEach(close);

const BYTES = 1024 * 1024;

async function setup(change: Parameters<typeof webhookSpec>[0] = {}) {
  const log = new RecordingLog();
  await connectTo(log);
  return { log, deliver: task(webhookSpec(change)) };
}

describe("delay", () => {
  it("appends one activation with the task's facts to the topic of its namespace", async () => {
    const { log, deliver } = await setup({
      retry: { times: 3, timesExceeded: "deadletter", delay: 10_000, backoff: "fixed", jitter: 0 },
      expires: 60_000,
    });
    const before = Date.now();
    const { id } = await deliver.delay({ group_id: 2 });
    expect(log.appends).toMatchObject([{ topic: "kafka-issues", records: [{ key: undefined }] }]);
    expect(log.activations).toMatchObject([
      {
        id,
        namespace: "issues",
        task: "sentry.issues.deliver",
        application: "sentry",
        deadline: 30,
        expires: 60,
        delay: undefined,
        retry: { attempts: 0, maxAttempts: 3, onExceeded: "deadletter", atMostOnce: false, delay: 10 },
      },
    ]);
    expect(log.activations[0]?.receivedAt).toBeGreaterThanOrEqual(before);
  });

  it("sends a task without a policy with one run, then a dead letter", async () => {
    const { log, deliver } = await setup();
    await deliver.delay({ group_id: 2 });
    expect(log.activations[0]?.retry).toEqual({
      attempts: 0,
      maxAttempts: 1,
      onExceeded: "deadletter",
      atMostOnce: false,
      delay: undefined,
    });
  });

  it("takes countdown, expires, headers and id", async () => {
    const { log, deliver } = await setup();
    const options: DelayOptions = { countdown: "5m", expires: "1h", headers: { trace: "é" }, id: "mine" };
    expect(await deliver.delay({ group_id: 2 }, options)).toEqual({ id: "mine" });
    expect(log.activations).toMatchObject([{ id: "mine", delay: 300, expires: 3600 }]);
    expect([...(log.activations[0]?.headers ?? [])]).toEqual([
      ["trace", "é"],
      ["taskwire-chosen-id", "1"],
    ]);
    expect(log.appends[0]?.records[0]?.key).toBe("mine");
  });

  it("keys an at-most-once activation by its id", async () => {
    const { log, deliver } = await setup({ atMostOnce: true });
    const { id } = await deliver.delay({ group_id: 2 });
    expect(log.appends[0]?.records[0]?.key).toBe(id);
    expect(log.activations[0]?.retry.atMostOnce).toBe(true);
  });

  it("appends nothing when a parameter is wrong", async () => {
    const { log, deliver } = await setup();
    const wrong = JSON.parse('{ "group_id": "7" }');
    await expect(deliver.delay(wrong)).rejects.toThrow(
      expect.objectContaining({ name: "ParameterError", message: 'issues.deliver: group_id: expected int, got "7"' }),
    );
    await expect(deliver.delayMany([{ group_id: 1 }, wrong])).rejects.toThrow(ParameterError);
    expect(log.appends).toEqual([]);
  });

  it.each([
    [{ countdown: "1500ms" }, "options.countdown: expected a duration of whole seconds"],
    [{ expires: -1 }, "options.expires: expected a duration"],
    [{ eta: 5 }, 'expected countdown, expires, headers or id, got "eta"'],
    [{ headers: { "taskwire-root": "x" } }, 'the name "taskwire-root" is taskwire\'s own'],
    [{ headers: { n: 1 } }, "options.headers.n: expected string, got number"],
    [{ id: "" }, "options.id: expected"],
  ])("refuses the options %j", async (options, text) => {
    const { log, deliver } = await setup();
    const call = deliver.delay({ group_id: 2 }, JSON.parse(JSON.stringify(options)));
    await expect(call).rejects.toThrow(OptionError);
    await expect(call).rejects.toThrow(text);
    expect(log.appends).toEqual([]);
  });

  it("refuses an activation above 10 MiB, and compresses one above 3 MB", async () => {
    const { log, deliver } = await setup({ compression: "none" });
    await expect(deliver.delay({ group_id: 1, note: "x".repeat(10 * BYTES) })).rejects.toThrow(OversizedError);
    expect(log.appends).toEqual([]);
    const packing = task(webhookSpec());
    await packing.delay({ group_id: 1, note: Array.from({ length: 600_000 }, (_, i) => i).join(" ") });
    expect(log.activations[0]?.headers.get("compression-type")).toBe("zstd");
    expect(log.activations[0]?.parameters.length).toBeLessThan(3 * BYTES);
  });

  it("is waited for by the run it is called in, and fails it when nothing waits for the failed call", async () => {
    const { log, deliver } = await setup();
    const scope = new RunScope(taskRun());
    withinRun(scope, () => void deliver.delay({ group_id: 2 }));
    await scope.settled();
    expect(log.activations).toHaveLength(1);
    log.refuse = 1;
    withinRun(scope, () => void deliver.delay({ group_id: 3 }));
    await expect(scope.settled()).rejects.toThrow("the disk is full");
    withinRun(scope, () => void deliver.delay({ group_id: 3, note: "x".repeat(11 * BYTES) }));
    await expect(scope.settled()).rejects.toThrow(OversizedError);
  });

  it.each<[string, (call: () => Promise<unknown>) => unknown]>([
    ["catches", (call) => call().catch(() => {})],
    ["awaits and catches", async (call) => await call().catch(() => {})],
    ["catches by Promise.allSettled", (call) => Promise.allSettled([call()])],
    ["catches behind a Promise.all", (call) => Promise.all([call(), call()]).catch(() => {})],
    [
      "catches behind a finally",
      (call) =>
        call()
          .finally(() => {})
          .catch(() => {}),
    ],
    [
      "catches a moment later",
      async (call) => {
        const under = call();
        await new Promise((resolve) => setTimeout(resolve, 20));
        await under.catch(() => {});
      },
    ],
  ])("does not fail the run whose handler %s the failed call, whatever refused it", async (_, handler) => {
    const { log, deliver } = await setup();
    for (const call of [
      () => deliver.delay({ group_id: 1, note: "x".repeat(11 * BYTES) }),
      () => deliver.delay(JSON.parse('{"group_id":"one"}')),
      () => deliver.delay({ group_id: 1 }, { id: "" }),
      () => {
        log.refuse = 1;
        return deliver.delay({ group_id: 1 });
      },
    ]) {
      const scope = new RunScope(taskRun());
      await withinRun(scope, async () => handler(call));
      await scope.settled();
    }
  });

  it("gives a handler a promise like any other: its value, its error, and an ordinary promise of its then", async () => {
    const { deliver } = await setup();
    const scope = new RunScope(taskRun());
    await withinRun(scope, async () => {
      expect(currentRun()).toBe(scope);
      const call = deliver.delay({ group_id: 2 }, { id: "mine" });
      expect(call).toBeInstanceOf(Promise);
      expect(Object.getPrototypeOf(call.then(() => {}))).toBe(Promise.prototype);
      expect(await call).toEqual({ id: "mine" });
      await expect(deliver.delay({ group_id: 2 }, { id: "" })).rejects.toThrow(OptionError);
    });
  });
});

describe("delayMany", () => {
  it("appends batches of at most 1,000 records, in order, and returns the ids", async () => {
    const { log, deliver } = await setup();
    const ids = await deliver.delayMany(Array.from({ length: 2500 }, (_, group_id) => ({ group_id })));
    expect(log.appends.map(({ records }) => records.length)).toEqual([1000, 1000, 500]);
    expect(log.activations.map(({ id }) => id)).toEqual(ids);
    expect(new Set(ids).size).toBe(2500);
  });

  it("ends a batch at 1 MiB", async () => {
    const { log, deliver } = await setup();
    await deliver.delayMany(Array.from({ length: 5 }, (_, group_id) => ({ group_id, note: "x".repeat(400 * 1024) })));
    expect(log.appends.map(({ records }) => records.length)).toEqual([2, 2, 1]);
  });

  it("says how many were appended before a batch failed", async () => {
    const { log, deliver } = await setup();
    log.refuse = 2;
    const error = await deliver.delayMany(Array.from({ length: 2500 }, (_, group_id) => ({ group_id }))).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(AppendError);
    expect(error).toMatchObject({ task: "issues.deliver", appended: 2000 });
    expect(log.activations).toHaveLength(2000);
  });

  it("appends nothing for nothing", async () => {
    const { log, deliver } = await setup();
    expect(await deliver.delayMany([])).toEqual([]);
    expect(log.appends).toEqual([]);
  });
});
