import { afterEach, describe, expect, it, vi } from "vitest";
import { addHooks } from "#runtime/activation/context/hooks.js";
import { OptionError } from "#runtime/base/option-error.js";
import { close, connect } from "#runtime/client/connect.js";
import { task } from "#runtime/client/task.js";
import { recordTasks } from "#runtime/testing/recording/recording.js";
import { connectTo, environment, RecordingLog, webhookSpec } from "./support.js";

afterEach(async () => {
  await close();
  vi.unstubAllEnvs();
});

const deliver = task(webhookSpec());

/** As untyped code calls it. */
function untyped(call: (...args: never[]) => unknown, ...args: unknown[]): unknown {
  return Reflect.apply(call, undefined, args);
}

describe("a wrong option is refused by name, and nothing is appended", () => {
  const DELAY: [string, unknown, string][] = [
    ["a date as countdown", { countdown: new Date() }, "options.countdown: expected a duration such as"],
    ["a date as countdown", { countdown: new Date() }, "got a Date, which is a point in time and not a duration"],
    ["null as expires", { expires: null }, "options.expires: expected a duration such as"],
    ["a bigint as countdown", { countdown: 5n }, "options.countdown: expected a duration such as"],
    ["a number in words", { countdown: "1e3" }, 'got "1e3"'],
    [
      "a map of headers",
      { headers: new Map([["a", "b"]]) },
      "options.headers: expected an object of strings, got a Map",
    ],
    ["a list of headers", { headers: ["a"] }, "options.headers: expected an object of strings, got an array"],
    ["a number in headers", { headers: { a: 1 } }, "options.headers.a: expected string, got number"],
    [
      "half a pair in headers",
      { headers: { a: "\ud800" } },
      "options.headers.a: expected a string, got one with a lone surrogate",
    ],
    ["a number as id", { id: 5 }, "options.id: expected 1 to 200 printable ASCII characters"],
    ["an option that is none", { delay: 5 }, 'options: expected countdown, expires, headers or id, got "delay"'],
    ["a number in place of options", 5, "options: expected an object, got 5"],
    ["null in place of options", null, "options: expected an object, got null"],
    ["an array in place of options", [], "options: expected an object, got an array"],
  ];

  it.each(DELAY)("delay: %s", async (_, options, message) => {
    const log = new RecordingLog();
    await connectTo(log);
    const call = untyped(deliver.delay, { group_id: 1 }, options);
    await expect(call).rejects.toThrow(OptionError);
    await expect(call).rejects.toThrow(message);
    expect(log.appends).toEqual([]);
  });

  it.each(DELAY.filter(([name]) => !name.includes("id")))("delayMany: %s", async (_, options, message) => {
    const log = new RecordingLog();
    await connectTo(log);
    const call = untyped(deliver.delayMany, [{ group_id: 1 }], options);
    await expect(call).rejects.toThrow(message);
    expect(log.appends).toEqual([]);
  });

  it("delayMany: one id for several, and what is no list", async () => {
    const log = new RecordingLog();
    await connectTo(log);
    // @ts-expect-error the types refuse it, too
    const call = deliver.delayMany([{ group_id: 1 }, { group_id: 2 }], { id: "mine" });
    await expect(call).rejects.toThrow(
      "issues.deliver: options.id: one id cannot be that of several activations; leave it out, or call delay(input, { id })",
    );
    await expect(untyped(deliver.delayMany, { group_id: 1 })).rejects.toThrow(
      "issues.deliver: delayMany: expected an array of inputs, got an object",
    );
    expect(log.appends).toEqual([]);
  });

  it.each([
    [[undefined], "connect: environment: expected one of the generated code, such as environments.local"],
    [[5], "or its name, got 5"],
    [[environment, { dataFolder: 5 }], "connect: options.dataFolder: expected a path, got 5"],
    [[environment, { dataFolder: "" }], 'connect: options.dataFolder: expected a path, got ""'],
    [[environment, { datafolder: "x" }], 'connect: options: expected dataFolder, got "datafolder"'],
    [[environment, "x"], 'connect: options: expected an object, got "x"'],
  ])("connect(...%j)", async (args, message) => {
    const call = untyped(connect, ...args);
    await expect(call).rejects.toThrow(OptionError);
    await expect(call).rejects.toThrow(message);
  });

  it.each([
    [undefined, "addHooks: hooks: expected an object, got nothing"],
    [{ dispatch: 5 }, "addHooks: hooks.dispatch: expected a function, got 5"],
    [{ excute: () => {} }, 'addHooks: hooks: expected dispatch or execute, got "excute"'],
  ])("addHooks(%j)", (hooks, message) => {
    expect(() => untyped(addHooks, hooks)).toThrow(OptionError);
    expect(() => untyped(addHooks, hooks)).toThrow(message);
  });

  it.each([
    [{ clock: new Date() }, "recordTasks: options.clock: expected a TestClock, got a Date"],
    [{ now: 5 }, 'recordTasks: options: expected clock, got "now"'],
  ])("recordTasks(%j)", (options, message) => {
    expect(() => untyped(recordTasks, options)).toThrow(OptionError);
    expect(() => untyped(recordTasks, options)).toThrow(message);
  });
});

describe("an environment that is named", () => {
  it("is the one of the generated code that is called first", async () => {
    const client = await connect("split", { dataFolder: import.meta.dirname });
    expect(() => client.environment).toThrow('environment "split" is known by its name only');
    await deliver.delay({ group_id: 1 });
    expect(client.environment).toBe(environment);
  });

  it("is refused at the call when the generated code has none of that name", async () => {
    await connect("toString");
    await expect(deliver.delay({ group_id: 1 })).rejects.toThrow('connect("toString"): expected one of split');
  });
});

it("clients that come and go leave one listener for the end of the process, and none when they are closed", async () => {
  vi.stubEnv("TASKWIRE_ENV", "split");
  vi.stubEnv("TASKWIRE_DATA", import.meta.dirname);
  const before = process.listenerCount("beforeExit");
  for (let round = 0; round < 3; round += 1) {
    await deliver.delay({ group_id: round });
    await deliver.delay({ group_id: round });
    expect(process.listenerCount("beforeExit")).toBe(before + 1);
    await close();
    expect(process.listenerCount("beforeExit")).toBe(before);
  }
});
