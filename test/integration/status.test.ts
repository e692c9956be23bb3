import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Status } from "#runtime/broker/index.js";
import { hashesOf } from "#runtime/cli/options.js";
import { statusText } from "#runtime/cli/output/status-text.js";
import type { Model } from "#runtime/model/model.js";
import { ENVIRONMENT, LocalBroker, POOL } from "../support/harness/local-broker.js";
import { until } from "../support/waiting.js";

type TaskStatus = Status["tasks"][number];
type Unclaimed = Status["unclaimed"][number];

let local: LocalBroker;

beforeEach(() => {
  local = new LocalBroker();
});

afterEach(() => local[Symbol.asyncDispose]());

const many = (count: number, task: string, application = "test") =>
  Array.from({ length: count }, () => ({ task, application }));
const environment = (maxPendingCount: number) => ({ ...ENVIRONMENT, pools: [{ ...POOL, maxPendingCount }] });

describe("the status of a broker", () => {
  it("says why reading is paused, with numbers, and that is no reason not to be ready", async () => {
    await local.start({ environment: environment(8) });
    await local.send(...many(20, "things.quick"));
    const status = await local.shows(({ limits }) => (limits[0]?.paused.length ?? 0) > 0);
    const pending = status.limits[0]?.pending ?? 0;
    expect(pending).toBeGreaterThanOrEqual(8);
    expect(status.limits).toMatchObject([
      {
        topic: "work",
        maxPendingCount: 8,
        paused: [{ reason: "max_pending_count", message: `${pending} of 8 pending` }],
      },
    ]);
    expect(status.topics).toMatchObject([{ topic: "work", partition: 0, paused: true }]);
    expect(await local.readiness()).toEqual({ status: 200, ready: true, reasons: [] });
    expect(statusText(status)).toContain(`paused: ${pending} of 8 pending`);
    await local.worker("test", ["things.quick"]);
    await local.shows(({ ended, limits }) => ended.completed === 20 && limits[0]?.paused.length === 0);
  });

  it("names who looks after a task by the model that the broker was started with, under former names, too", async () => {
    const task = {
      key: "ghost",
      name: "things.ghost",
      formerly: ["things.spirit"],
      hash: "1",
      parameters: [],
      processingDeadline: 30_000,
      atMostOnce: false,
      compression: "auto",
      owner: "team-things",
    } as const;
    const namespaces = [{ name: "things", tasks: [task, { ...task, key: "free", name: "things.free", formerly: [] }] }];
    const model: Model = { taskwire: 1, application: "test", hash: "", types: [], namespaces, environments: [] };
    await local.start({ model: hashesOf(model) });
    await local.send(...many(1, "things.ghost"), ...many(1, "things.spirit"), ...many(1, "things.other"));
    await local.send(...many(1, "things.ghost", "another"));
    const status = await local.shows(({ counts }) => counts.pending === 4);
    const owners = ({ application, task, owner }: Unclaimed | TaskStatus) => `${application} ${task} ${owner ?? "-"}`;
    const expected = [
      "another things.ghost -",
      "test things.ghost team-things",
      "test things.other -",
      "test things.spirit team-things",
    ];
    expect(status.tasks.map(owners).sort()).toEqual(expected);
    expect(status.unclaimed.map(owners).sort()).toEqual(expected);
  });

  it("says when the clock was set forward, by how much and why", async () => {
    await local.start();
    const status = await local.status();
    expect(status.clockCorrected).toBeNull();
    const corrected = { at: "2026-03-01T10:00:00.000Z", by: 36_000_000, why: "slept" } as const;
    expect(statusText({ ...status, clockCorrected: corrected })).toContain(
      "the broker's clock was set forward by 10h at 2026-03-01T10:00:00.000Z: the machine slept\n",
    );
  });

  it("counts by task and state, with the age of the oldest, and what ended", async () => {
    await local.start();
    await local.worker("test", ["things.quick"]);
    await local.send(...many(3, "things.quick"), ...many(2, "things.ghost"), {
      task: "things.ghost",
      namespace: "others",
    });
    const status = await local.shows(({ ended, counts }) => ended.completed === 3 && counts.pending === 3);
    expect(status.tasks).toMatchObject([
      { application: "test", namespace: "things", task: "things.ghost", pending: 2, oldestPending: expect.any(Number) },
      { namespace: "others", task: "things.ghost", pending: 1 },
    ]);
    expect(status.oldestPending).toBe(Math.max(...status.tasks.map(({ oldestPending }) => oldestPending ?? 0)));
    expect(status.unclaimed).toMatchObject([
      { task: "things.ghost", pending: 2, parked: 0 },
      { task: "things.ghost", pending: 1, parked: 0 },
    ]);
    expect(status.sessions).toMatchObject([
      { application: "test", tasks: 1, processing: 0, lost: false, draining: false },
    ]);
    const text = statusText(status);
    expect(text).toMatch(/^ready$/m);
    expect(text).toMatch(/^things +things\.ghost +2 +\d+m?s$/m);
    expect(text).toMatch(/^namespace +task +pending +oldest$/m);
    expect(status.lastMinute).toEqual([
      { application: "test", namespace: "things", task: "things.quick", done: 3, failed: 0 },
    ]);
    expect(text).toMatch(/^things +things\.quick +3$/m);
    expect(text).toContain("since its start: 3 completed");
    expect(text).toContain(
      "no connected worker handles things.ghost (namespace others, application test): 1 pending, 0 parked",
    );
  });

  it("names tasks whose facts differ between workers and the broker's model", async () => {
    await local.start({ model: { application: "test", byTask: new Map([["things.quick", "model"]]) } });
    await local.worker("test", ["things.quick", "things.other"], "model", "worker one");
    await local.worker("elsewhere", ["things.quick"], "other", "worker of another application");
    const before = await local.status();
    expect(before.hashDiffers).toEqual([]);
    expect(before.handled).toEqual([
      { application: "test", task: "things.quick", workers: 1 },
      { application: "test", task: "things.other", workers: 1 },
      { application: "elsewhere", task: "things.quick", workers: 1 },
    ]);
    const late = await local.worker("test", ["things.quick"], "newer", "worker two");
    const status = await local.status();
    expect(status.handled).toContainEqual({ application: "test", task: "things.quick", workers: 2 });
    expect(status.hashDiffers).toEqual([
      {
        application: "test",
        task: "things.quick",
        hashes: [
          { hash: "model", workers: ["worker one"], model: true },
          { hash: "newer", workers: ["worker two"], model: false },
        ],
      },
    ]);
    expect(statusText(status)).toContain(
      "the facts of things.quick differ: this broker's model, worker one has model; worker two has newer",
    );
    await late.close();
    await local.shows(({ hashDiffers }) => hashDiffers.length === 0);
  });

  it("hands nothing that a terminal could act on through from names", async () => {
    await local.start();
    await local.send({ task: "evil\u001b[2J\nready", namespace: "a\u202eb\r", application: "\u2028" });
    const status = await local.shows(({ counts }) => counts.pending === 1);
    for (const line of statusText(status).split("\n")) expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202e]/u);
    expect(statusText(status)).toContain("evil\\u001b[2J\\nready");
  });

  it("and metrics stay whole and bounded, whatever ids, names and headers come in", async () => {
    await local.start();
    const hostile = [
      'a"} 1\nforged_metric 1',
      "x|#:y,z=1",
      "'; DROP TABLE inflight; --",
      "__proto__",
      "constructor",
      "\\",
    ];
    const headers = new Map([
      ["__proto__", "polluted"],
      ["constructor", "polluted"],
    ]);
    await local.send(...hostile.map((name) => ({ id: name, task: name, namespace: name, application: name, headers })));
    const names = Array.from({ length: 300 }, (_, n) => ({ task: `made up ${n}` }));
    await local.send(...names);
    const status = await local.shows(({ counts }) => counts.pending === hostile.length + names.length);
    expect(status.tasks.map(({ task }) => task)).toEqual(expect.arrayContaining(hostile));
    const text = await (await local.get("/metrics")).text();
    expect(text).not.toMatch(/^forged_metric/m);
    for (const line of text.split("\n"))
      expect(line).toMatch(/^(#.*|[a-z_]+(\{([a-z]+="([^"\\]|\\["\\n])*",?)*\})? \S+|)$/);
    const series = text.split("\n").filter((line) => line.startsWith("taskwire_activations{"));
    expect(series).toHaveLength(6 * 201);
    expect(text).toContain(
      'taskwire_activations{application="other",namespace="other",task="other",state="pending"} 106\n',
    );
    expect(Reflect.get({}, "polluted")).toBeUndefined();
    // The journal takes them, and gives them back.
    await local.worker("__proto__", ["__proto__"]);
    await local.shows(({ ended }) => ended.completed === 1);
    await local.broker.stop();
    await local.start();
    await local.shows(({ counts }) => counts.pending === hostile.length + names.length - 1);
  });
});

describe("work of an application that nobody fetches", () => {
  it("does not hold up others: it is parked, named in log, metric and status, and done when a worker appears", async () => {
    await local.start({ environment: environment(50), limits: { parkAfter: 300 } });
    await local.worker("present", ["things.quick"]);
    // Ten times what may be pending, before all that the present application sends.
    await local.send(...many(500, "things.quick", "absent"));
    await local.send(...many(100, "things.quick", "present"));
    await local.shows(({ ended }) => ended.completed === 100);
    const status = await local.shows(({ counts }) => counts.parked === 500);
    expect(status.unclaimed).toMatchObject([{ application: "absent", task: "things.quick", pending: 0, parked: 500 }]);
    expect(status.limits).toMatchObject([{ pending: 0, parked: 500, paused: [] }]);
    const alarm = local.said.find(({ level, fields }) => level === "warn" && fields.application === "absent");
    expect(alarm?.message).toBe("no connected worker handles this task; its activations are waiting");
    expect(await (await local.get("/metrics")).text()).toContain(
      'taskwire_unclaimed_activations{application="absent",namespace="things",task="things.quick"} 500\n',
    );
    await local.send(...many(100, "things.quick", "present"));
    await local.shows(({ ended }) => ended.completed === 200);
    await local.worker("absent", ["things.quick"]);
    await local.shows(({ ended, counts }) => ended.completed === 700 && counts.parked === 0);
    await until(async () => (await local.status()).unclaimed.length === 0);
  });
});
