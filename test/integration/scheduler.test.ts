import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openLog } from "#runtime/log/open.js";
import type { EnvironmentModel, NamespaceModel, ScheduleModel } from "#runtime/model/model.js";
import { TaskActivation } from "#runtime/wire/proto/taskbroker.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import { outcome } from "../support/processes/command.js";
import { recordsOf } from "../support/topic.js";
import { until } from "../support/waiting.js";

const CLUSTER = { name: "local", kind: "sqlite", file: "log.db" } as const;
const environment: EnvironmentModel = {
  name: "local",
  clusters: [CLUSTER],
  topics: [{ name: "tasks", cluster: "local", partitions: 1, deadLetter: "tasks-dlq", retry: "tasks" }],
  routes: [{ namespace: "*", topic: "tasks" }],
  pools: [],
};

function scheduled(key: string, schedule: Partial<ScheduleModel>): NamespaceModel["tasks"][number] {
  return {
    key,
    name: `ticks.${key}`,
    hash: "",
    parameters: [{ name: "kind", type: { kind: "string" }, optional: true, nullable: false }],
    processingDeadline: 30_000,
    atMostOnce: false,
    compression: "auto",
    schedule: {
      plan: { kind: "every", period: 1000 },
      words: "every second",
      missed: "skip",
      jitter: 0,
      enabled: true,
      ...schedule,
    },
  };
}

const namespace: NamespaceModel = {
  name: "ticks",
  tasks: [
    scheduled("often", { parameters: { kind: "full" } }),
    scheduled("beside", { parameters: { kind: "full" } }),
    scheduled("elsewhere", { enabled: ["saas"] }),
    scheduled("nightly", {
      plan: { kind: "cron", expression: "30 2 * * *", timezone: "Europe/Berlin" },
      words: "At 02:30",
    }),
  ],
};

let harness: ProcessHarness;
beforeEach(() => {
  harness = new ProcessHarness(environment, "", {}, [namespace]);
});
afterEach(() => harness[Symbol.asyncDispose]());

const command = (...args: string[]) => {
  return outcome(["schedule", ...args, "--model", harness.model, "--data", harness.data, "--env", "local"]);
};

async function appended(): Promise<TaskActivation[]> {
  const log = await openLog(CLUSTER, harness.data);
  try {
    return (await recordsOf(log, "tasks")).map(({ value }) => TaskActivation.decode(value));
  } finally {
    await log.close();
  }
}

describe("taskwire scheduler", () => {
  it("starts what is enabled in its environment, with the schedule's parameters and slot, and serves its metrics", async () => {
    const scheduler = await harness.start(
      "scheduler is ready",
      "scheduler",
      "--model",
      harness.model,
      "--http",
      "127.0.0.1:0",
    );
    const activations = await until(async () => {
      const found = await appended();
      return found.length >= 4 && found;
    });
    expect(new Set(activations.map(({ taskname }) => taskname))).toEqual(new Set(["ticks.often", "ticks.beside"]));
    for (const { headers, parametersBytes, retryState } of activations) {
      expect(Date.parse(headers.get("taskwire-slot") ?? "") % 1000).toBe(0);
      expect(Buffer.from(parametersBytes ?? []).includes("full")).toBe(true);
      expect(retryState?.attempts).toBe(0);
    }
    const url = /http:\/\/[\d.:]+/.exec(scheduler.said())?.[0] ?? "";
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/taskwire_scheduler_started_total\{task="ticks.often"\} [1-9]/);
    expect(metrics).toContain('taskwire_scheduler_owned{cluster="local"} 1');
    expect(metrics).toMatch(/taskwire_scheduler_late_seconds_count [1-9]/);
    const { entries } = JSON.parse(await (await fetch(`${url}/api/status`)).text());
    expect(entries).toMatchObject([
      { task: "ticks.often" },
      { task: "ticks.beside" },
      { task: "ticks.nightly", paused: false },
    ]);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(await scheduler.stop()).toBe(0);
  });

  it("stops to start a task that is paused from another process, and continues when it is resumed", async () => {
    await harness.start("scheduler is ready", "scheduler", "--model", harness.model);
    await until(async () => (await appended()).length > 0);
    expect(await command("pause", "ticks.often")).toMatchObject({ code: 0 });
    const listed = await command("list", "--json");
    const [row] = JSON.parse(listed.said.split("\n").find((line) => line.startsWith("[")) ?? "[]");
    expect(row).toMatchObject({ task: "ticks.often", paused: true, next: [], taken: true, overdue: null });
    expect(row.scheduler).toMatch(/^\d+@./);
    expect(row.late).toBeGreaterThanOrEqual(0);
    expect(Date.parse(row.last) % 1000).toBe(0);
    expect((await command("list")).said).toMatch(/^ticks\.often +.+ {2}paused +0m \d+s ago$/m);
    expect((await command("list", "ticks.often")).said).toMatch(/^ {4}last: .+Z, \d+ ms late, by \d+@.+$/m);
    const before = Date.now() + 1000;
    const slotsOf = async (task: string) =>
      (await appended())
        .filter(({ taskname }) => taskname === task)
        .map(({ headers }) => Date.parse(headers.get("taskwire-slot") ?? ""));
    await until(async () => (await slotsOf("ticks.beside")).some((slot) => slot > before + 1000));
    expect((await slotsOf("ticks.often")).filter((slot) => slot > before)).toEqual([]);
    expect(await command("resume", "ticks.often")).toMatchObject({ code: 0 });
    await until(async () => (await slotsOf("ticks.often")).some((slot) => slot > before));
  });

  it("lists a schedule on a line with its next run, in full when it is named, starts one now, and names what it does not know", async () => {
    const runs = (said: string) => said.split("\n").filter((line) => /^ {4}\d{4}-.*Z {2}in /.test(line)).length;
    const lines = (await command("list")).said
      .split("\n")
      .filter((line) => line.startsWith("ti") || /^task/.test(line));
    expect(lines).toMatchObject([
      expect.stringMatching(/^task +runs +next$/),
      expect.stringMatching(/^ticks\.often +.+ {2}in 0m \ds$/),
      expect.stringMatching(/^ticks\.beside +.+ {2}in 0m \ds$/),
      expect.stringMatching(/^ticks\.nightly +At 02:30, Europe\/Berlin {2}in \d+[hm] \d+[ms]$/),
    ]);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    const all = (await command("list", "--verbose")).said;
    expect(all).toContain("ticks.nightly\n  At 02:30 [30 2 * * *, Europe/Berlin]\n");
    expect(runs(all)).toBe(15);
    const one = (await command("list", "ticks.nightly")).said;
    expect(one).toContain("ticks.nightly\n  At 02:30 [30 2 * * *, Europe/Berlin]\n");
    expect([runs(one), one.includes("ticks.often")]).toEqual([5, false]);
    const json = (await command("list", "ticks.nightly", "--json")).said;
    expect(JSON.parse(json)).toMatchObject([{ task: "ticks.nightly", timezone: "Europe/Berlin", paused: false }]);
    expect(await command("list", "ticks.never")).toMatchObject({ code: 1 });
    expect((await command("run", "ticks.nightly")).code).toBe(0);
    expect((await appended()).map(({ taskname }) => taskname)).toEqual(["ticks.nightly"]);
    const wrong = await command("pause", "ticks.never");
    expect(wrong).toMatchObject({ code: 1 });
    expect(wrong.said).toContain(
      'no task "ticks.never" with a schedule in this environment; expected one of:\n  ticks.often',
    );
    expect(await command("bogus")).toMatchObject({ code: 2 });
  });

  it("refuses to start when a schedule's parameters do not fit its task", async () => {
    const [often] = namespace.tasks;
    const broken = { ...often, schedule: { ...often?.schedule, parameters: { kind: 7 } } };
    const file = join(harness.data, "broken.json");
    const namespaces = [{ ...namespace, tasks: [broken] }];
    writeFileSync(
      file,
      JSON.stringify({
        taskwire: 1,
        application: "test",
        hash: "",
        types: [],
        namespaces,
        environments: [environment],
      }),
    );
    const { code, said } = await outcome(["scheduler", "--model", file, "--data", harness.data]);
    expect(code).toBe(1);
    expect(said).toContain("ticks.often: kind: expected string, got 7");
  });
});
