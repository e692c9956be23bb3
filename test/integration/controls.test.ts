import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Encoder } from "@msgpack/msgpack";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { statusText } from "#runtime/cli/output/status-text.js";
import type {
  ControlAnswer,
  ControlsAnswer,
  KillRequest,
  PauseRequest,
} from "#runtime/operations/documents/controls.js";
import type { DrainAnswer, WorkersAnswer } from "#runtime/operations/documents/workers.js";
import type { VerbName } from "#runtime/operations/verbs.js";
import { LocalBroker } from "../support/harness/local-broker.js";
import { SkippingClock } from "../support/skipping-clock.js";
import { ConsumerClient } from "../support/wire/consumer-client.js";
import { callVerb } from "../support/wire/operations-client.js";

const TASK = { kind: "task", subject: "things.quick" } as const;
const parameters = (kwargs: object, args: readonly unknown[] = []) =>
  new Encoder({ useBigInt64: true }).encode({ args, kwargs });

let local: LocalBroker;
let client: ConsumerClient;
let clock: SkippingClock;

const start = async (options: Parameters<LocalBroker["start"]>[0] = {}) => {
  const broker = await local.start({ listen: "127.0.0.1:0", clock, ...options });
  client = new ConsumerClient(broker.address ?? "");
};
const restart = async (options: Parameters<LocalBroker["start"]>[0] = {}) => {
  client.close();
  await local.broker.stop();
  await start(options);
};
const call = async <T>(verb: VerbName, request: object): Promise<T> =>
  (await callVerb<T>(client, verb, request)).document;
const pause = (request: PauseRequest) => call<ControlAnswer>("Pause", request);
const resume = (request: PauseRequest) => call<ControlAnswer>("Resume", request);
const kill = (request: KillRequest) => call<ControlAnswer>("Kill", request);
const controls = () => call<ControlsAnswer>("Controls", {});

beforeEach(async () => {
  local = new LocalBroker();
  clock = new SkippingClock();
  await start();
});
afterEach(async () => {
  client.close();
  await local[Symbol.asyncDispose]();
});

describe("a pause", () => {
  it("of a task holds over a restart, names who and why, and lets the rest run", async () => {
    await local.send({ id: "a" }, { id: "b" });
    await local.shows(({ counts }) => counts.pending === 2);
    const answer = await pause({ ...TASK, reason: "it overloads the mail server" });
    expect(answer).toMatchObject({
      control: {
        id: "task/things.quick",
        ...TASK,
        by: "a test",
        reason: "it overloads the mail server",
        until: null,
        source: "person",
        dropped: null,
        reach: "pool",
      },
      done: true,
      concerned: { pending: 2, parked: 0, tasks: 1 },
      inForce: [{ id: "task/things.quick" }],
    });
    expect(answer.note).toBeUndefined();
    await local.worker("test", ["things.quick", "things.other"]);
    await local.send({ id: "c" }, { task: "things.other" });
    await local.shows(({ counts, ended }) => counts.parked === 3 && ended.completed === 1);
    await restart();
    await local.worker("test", ["things.quick", "things.other"]);
    await local.send({ task: "things.other" });
    const shown = await local.shows(({ counts, ended }) => counts.parked === 3 && ended.completed === 1);
    expect(shown.controls).toMatchObject({ version: answer.version, inForce: [{ id: "task/things.quick" }] });
    expect(shown.controls.byKind).toEqual({ namespace: 0, task: 1, topic: 0, pool: 0, kill: 0 });
    expect(shown.unclaimed).toEqual([]);
    expect(statusText(shown, 200)).toContain("PAUSED: task things.quick (by a test, it overloads the mail server)");
    const resumed = await resume(TASK);
    expect(resumed).toMatchObject({ done: true, control: { id: "task/things.quick" }, inForce: [] });
    await local.shows(({ counts, ended }) => counts.parked === 0 && ended.completed === 4);
    await restart();
    expect((await controls()).controls).toEqual([]);
  });

  it("is safe to repeat, as is its end; the last one counts", async () => {
    await pause({ ...TASK, reason: "first" });
    const again = await pause({ ...TASK, reason: "second" });
    expect((await controls()).controls).toMatchObject([{ reason: "second" }]);
    expect(again.inForce).toHaveLength(1);
    await resume(TASK);
    expect(await resume(TASK)).toMatchObject({ control: null, done: false, inForce: [] });
  });

  it.each([
    { kind: "namespace", subject: "things" },
    { kind: "topic", subject: "work" },
    { kind: "pool", subject: "default" },
  ] as const)("of a $kind stops hand-out until it is resumed", async (subject) => {
    await pause(subject);
    await local.worker("test", ["things.quick"]);
    await local.send({}, {});
    await local.shows(({ counts }) => counts.pending + counts.parked === 2);
    await expect(client.getTask({ application: "test" })).rejects.toThrow("No pending activations");
    expect(await resume(subject)).toMatchObject({ concerned: { processing: 0 } });
    await local.shows(({ ended }) => ended.completed === 2);
  });

  it("ends by the clock, also when the time passes while the broker is down", async () => {
    const until = new Date(clock.wall() + 3_600_000).toISOString();
    expect((await pause({ ...TASK, until })).control?.until).toBe(until);
    await pause({ kind: "namespace", subject: "other", until: new Date(clock.wall() + 7_200_000).toISOString() });
    await local.worker("test", ["things.quick"]);
    await local.send({});
    await local.shows(({ counts }) => counts.parked === 1);
    clock.skip(3_600_001);
    await local.shows(({ ended, controls }) => ended.completed === 1 && controls.inForce.length === 1);
    client.close();
    await local.broker.stop();
    clock.skip(3_600_001);
    await start();
    expect((await local.status()).controls.inForce).toEqual([]);
  });

  it("in a dry run says what it would hold back, and holds nothing back", async () => {
    await local.send({}, {}, { task: "things.other" });
    await local.shows(({ counts }) => counts.pending === 3);
    const request = { kind: "namespace", subject: "things", dryRun: true } as const;
    expect(await pause(request)).toMatchObject({ done: false, concerned: { pending: 3, tasks: 2 }, inForce: [] });
    expect((await controls()).controls).toEqual([]);
    await pause({ ...request, dryRun: false });
    expect(await resume(request)).toMatchObject({ done: false, control: { id: "namespace/things" } });
    expect((await controls()).controls).toHaveLength(1);
    const task = await pause(TASK);
    expect(task.inForce.map(({ id }) => id)).toEqual(["namespace/things", "task/things.quick"]);
  });

  it.each([
    [{ kind: "tsk", subject: "a" }, "bad_parameter", "kind: expected namespace, task, topic, pool, found"],
    [{ subject: "a" }, "bad_parameter", "kind: expected namespace, task, topic, pool, found nothing"],
    [{ kind: "task", subject: "" }, "bad_parameter", "subject: expected a string, found nothing"],
    [{ kind: "topic", subject: "wrok" }, "unknown_subject", 'expected a topic of this broker (work), found "wrok"'],
    [{ kind: "pool", subject: "ingest" }, "unknown_subject", "expected a pool of this broker (default)"],
    [{ ...TASK, until: "2020-01-01T00:00:00Z" }, "bad_parameter", "until: expected a time to come"],
    [{ ...TASK, until: "2h" }, "bad_parameter", 'until: expected a time such as "'],
    [{ ...TASK, reason: "x".repeat(501) }, "bad_parameter", "reason: expected at most 500 characters"],
    [{ ...TASK, reasons: "x" }, "unknown_parameter", 'unknown parameter "reasons"'],
  ])("that is wrong is refused with what to do: %#", async (request, code, message) => {
    await expect(call("Pause", request)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    expect((await controls()).controls).toEqual([]);
  });
});

describe("a kill rule of a person", () => {
  it("drops a task until it is ended, over a restart, and counts what it dropped", async () => {
    await local.send({}, {}, { task: "things.other" });
    await local.shows(({ counts }) => counts.pending === 3);
    const rule = { task: "things.quick", reason: "poison" };
    const dry = await kill({ ...rule, dryRun: true });
    expect(dry).toMatchObject({ done: false, drops: { matched: 2, atOnce: 2, lookedAt: 2, of: 2 } });
    const { control } = await kill(rule);
    await local.shows(({ ended }) => ended.killswitched === 2);
    expect((await controls()).controls).toMatchObject([
      { id: control?.id, kind: "kill", dropped: 2, reason: "poison" },
    ]);
    await restart();
    await local.send({});
    await local.shows(({ ended, counts }) => ended.killswitched === 1 && counts.pending === 1);
    expect(await call("Unkill", { id: control?.id })).toMatchObject({
      done: true,
      control: { subject: "things.quick" },
    });
    await local.send({});
    await local.shows(({ counts }) => counts.pending === 2);
    expect(await call("Unkill", { id: control?.id })).toMatchObject({ done: false, control: null });
  });

  it("compares arguments as the runtime configuration does, and integers beyond 2^53 exactly", async () => {
    const large = 9007199254740993n;
    await local.send(
      { id: "by name", parameters: parameters({ group_id: large }) },
      { id: "another", parameters: parameters({ group_id: 9007199254740992n }) },
      { id: "by position", parameters: parameters({}, [{ deep: [1, "x", null] }]) },
      { id: "not readable", parameters: new Uint8Array([0xc1]) },
      { id: "as text", parameters: parameters({ group_id: String(large) }) },
    );
    await local.shows(({ counts }) => counts.pending === 5);
    const rule = { task: "things.quick", kwargs: { group_id: String(large) }, args: { 0: { deep: [1, "x", null] } } };
    expect((await kill({ ...rule, dryRun: true })).drops).toEqual({ matched: 3, atOnce: 3, lookedAt: 5, of: 5 });
    const { control } = await kill(rule);
    expect(control).toMatchObject({ kwargs: rule.kwargs, args: { "0": { deep: [1, "x", null] } } });
    await local.shows(({ ended }) => ended.killswitched === 3);
    expect((await controls()).controls).toMatchObject([{ dropped: 3 }]);
  });

  it("forecasts what it drops later: delayed and parked activations in the in-flight file", async () => {
    await pause(TASK);
    await local.send(...Array.from({ length: 700 }, (_, at) => ({ parameters: parameters({ group_id: at % 2 }) })));
    await local.shows(({ counts }) => counts.parked === 700);
    const { drops } = await kill({ task: "things.quick", kwargs: { group_id: 1 }, dryRun: true });
    expect(drops).toEqual({ matched: 350, atOnce: 0, lookedAt: 700, of: 700 });
    expect((await kill({ task: "things.quick" })).drops).toMatchObject({ matched: 700, atOnce: 0 });
    await resume(TASK);
    await local.worker("test", ["things.quick"]);
    await local.shows(({ ended }) => ended.killswitched === 700);
  });

  it("stands beside the rules of the file, which are shown with their line and belong to it", async () => {
    const file = join(local.data, "rules.yaml");
    writeFileSync(
      file,
      "# mine\ndrop_task_killswitch:\n  - things.bad\n  - name: things.quick\n    select_kwarg: { a: 1 }\n",
    );
    await restart({ runtimeConfig: file });
    await kill({ task: "things.worse" });
    await local.send({ task: "things.bad" }, { task: "things.worse" }, { parameters: parameters({ a: 1 }) }, {});
    await local.shows(({ ended, counts }) => ended.killswitched === 3 && counts.pending === 1);
    expect((await controls()).controls).toMatchObject([
      { subject: "things.worse", source: "person", dropped: 1 },
      { id: "file:3", subject: "things.bad", source: "file", line: 3, by: null, since: null, dropped: 1 },
      { id: "file:4", subject: "things.quick", source: "file", line: 4, kwargs: { a: 1 }, dropped: 1 },
    ]);
    await expect(call("Unkill", { id: "file:3" })).rejects.toMatchObject({
      code: "rule_of_file",
      message: expect.stringContaining(`edit ${file}, line 3`),
    });
    await expect(call("Unkill", { id: "task/things.quick" })).rejects.toMatchObject({ field: "id" });
    writeFileSync(file, "drop_task_killswitch: []");
    await local.shows(({ runtimeConfig }) => runtimeConfig?.droppedTasks.length === 0);
    await local.send({ task: "things.worse" }, { task: "things.bad" });
    await local.shows(({ ended, counts }) => ended.killswitched === 4 && counts.pending === 2);
  });

  it.each([
    [{}, "task", "task: expected a string, found nothing"],
    [{ args: { one: 1 } }, "args", 'args: expected positions from 0 to 1024 as keys, found "one"'],
    [{ kwargs: [1] }, "kwargs", "kwargs: expected an object, found [1]"],
    [
      { kwargs: { a: 2 ** 60 } },
      "kwargs",
      "kwargs.a: 1152921504606847000 is not exact; write an integer beyond 2^53 as a string",
    ],
    [{ kwargs: { a: "x".repeat(5000) } }, "kwargs", "kwargs: its JSON has more than 4096 characters"],
    [JSON.parse('{"kwargs":{"__proto__":1}}'), "kwargs", '"__proto__" is no name of a parameter'],
  ])("that is wrong is refused with what to do: %#", async (request, field, message) => {
    const task = field === "task" ? {} : { task: "things.quick" };
    await expect(call("Kill", { ...task, ...request })).rejects.toMatchObject({
      field,
      message: expect.stringContaining(message),
    });
  });
});

describe("a drained worker", () => {
  it("is listed, gets nothing more, and works again when that is undone", async () => {
    await local.worker("test", ["things.quick"], "1", "w-1");
    expect(await call("Drain", { worker: "w-1", dryRun: true })).toMatchObject({ done: false, drained: false });
    expect(await call<DrainAnswer>("Drain", { worker: "w-1" })).toEqual({
      worker: "w-1",
      drained: true,
      done: true,
      processing: 0,
    });
    expect(await call("Drain", { worker: "w-1" })).toMatchObject({ done: false, drained: true });
    const { sessions, pullClients, pushTargets } = await call<WorkersAnswer>("Workers", {});
    expect([sessions.map(({ worker, drained }) => [worker, drained]), pullClients, pushTargets]).toEqual([
      [["w-1", true]],
      [],
      [],
    ]);
    await local.send({});
    await local.shows(({ counts }) => counts.pending === 1);
    expect(statusText(await local.status(), 200)).toMatch(/w-1 .*drained/);
    await call("Drain", { worker: "w-1", undo: true });
    await local.shows(({ ended }) => ended.completed === 1);
    await expect(call("Drain", { worker: "w-2" })).rejects.toMatchObject({ code: "unknown_worker" });
  });
});
