import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Client, connect } from "taskwire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WORKER_METRICS } from "#runtime/telemetry/worker-metrics.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import { outcome, type Running } from "../support/processes/command.js";
import { freePort } from "../support/processes/operating-system.js";
import { until } from "../support/waiting.js";
import { FOLDER_VARIABLE, history } from "./fixtures/history.js";
import { environment, strangers, things } from "./fixtures/tasks.js";

const HANDLERS = join(import.meta.dirname, "../../dist/test/integration/fixtures/handlers.js");

let harness: ProcessHarness;
let client: Client;
let port: string;

beforeEach(async () => {
  const variables: NodeJS.ProcessEnv = {};
  harness = new ProcessHarness(environment, HANDLERS, variables);
  variables[FOLDER_VARIABLE] = harness.data;
  client = await connect(environment, { dataFolder: harness.data });
  port = `127.0.0.1:${await freePort()}`;
});

afterEach(async () => {
  writeFileSync(join(harness.data, "release"), "");
  await client.close();
  await harness[Symbol.asyncDispose]();
});

const worker = (...flags: string[]): Promise<Running> => harness.worker("--concurrency", "2", "--http", port, ...flags);

async function readiness(): Promise<{ status: number; codes: string[] }> {
  const response = await fetch(`http://${port}/readyz`);
  const { reasons }: { reasons: { code: string }[] } = JSON.parse(await response.text());
  return { status: response.status, codes: reasons.map(({ code }) => code) };
}

async function metrics(): Promise<string[]> {
  return (await (await fetch(`http://${port}/metrics`)).text()).split("\n");
}

const shows = (...wanted: string[]) =>
  until(async () => {
    const lines = await metrics();
    return wanted.every((line) => lines.includes(line)) && lines;
  });

describe("the HTTP port of a worker", () => {
  it("counts a missed deadline of a task with a retry policy as deadline_exceeded, as the alert in the docs expects", async () => {
    await harness.broker();
    await worker();
    await things.late.delay({ n: 1 });
    const lines = await shows('taskwire_worker_failed_runs_total{reason="deadline_exceeded"} 2');
    expect(lines.filter((line) => line.startsWith("taskwire_worker_failed_runs_total{"))).toHaveLength(1);
    const { failures } = await until(async () => {
      const status = await harness.status();
      return status.ended.deadlettered === 1 && status;
    });
    expect(failures).toEqual({ deadline_exceeded: 1 });
  });

  it("serves every metric of the table with its value", async () => {
    await harness.broker();
    await worker("--children", "1");
    await things.quick.delayMany([{ n: 1 }, { n: 2 }]);
    await things.doomed.delay({ n: 1 });
    await strangers.quickAndLarge.delay({ n: 3, padding: "unknown to the worker" });
    await strangers.quickAsText.delay({ n: "bad" });
    const task = (name: string, result: string) =>
      `taskwire_worker_runs_total{namespace="things",task="things.${name}",result="${result}"}`;
    const lines = await shows(
      `${task("quick", "complete")} 3`,
      `${task("quick", "failure")} 1`,
      `${task("doomed", "retry")} 1`,
      `${task("doomed", "failure")} 1`,
      'taskwire_worker_failed_runs_total{reason="error"} 1',
      'taskwire_worker_failed_runs_total{reason="attempts_exceeded"} 1',
      'taskwire_worker_failed_runs_total{reason="bad_parameters"} 1',
      'taskwire_worker_run_duration_seconds_count{namespace="things",task="things.quick"} 4',
      'taskwire_worker_run_duration_seconds_bucket{le="3600",namespace="things",task="things.doomed"} 2',
      "taskwire_worker_start_delay_seconds_count 6",
      "taskwire_worker_slots 2",
      "taskwire_worker_running 0",
      "taskwire_worker_unstarted 0",
      "taskwire_worker_unknown_keys_total 1",
      "taskwire_worker_reruns_total 0",
      "taskwire_worker_dropped_outcomes_total 0",
      "taskwire_worker_children 1",
      "taskwire_worker_child_deaths_total 0",
      "taskwire_worker_crash_loop 0",
      `taskwire_worker_session{broker="${await harness.address()}"} 1`,
      `taskwire_worker_held_claims{broker="${await harness.address()}"} 0`,
      'taskwire_worker_not_ready{code="no_session"} 0',
    );
    const text = lines.join("\n");
    expect(text).toMatch(/^taskwire_worker_child_resident_memory_bytes\{child="0"\} \d{7,}$/m);
    expect(text).toMatch(/^taskwire_worker_child_event_loop_lag_seconds\{child="0"\} \S+$/m);
    expect(lines).toContain('taskwire_worker_child_runs{child="0"} 6');
    for (const { name, type } of WORKER_METRICS) expect(lines).toContain(`# TYPE ${name} ${type}`);
    expect(await (await fetch(`http://${port}/healthz`)).json()).toEqual({ alive: true });
    expect(await readiness()).toEqual({ status: 200, codes: [] });
  });

  it("is ready only while work can come in: not before a session, and not while it drains", async () => {
    const running = await worker();
    expect(await readiness()).toEqual({ status: 503, codes: ["no_session"] });
    expect((await fetch(`http://${port}/healthz`)).status).toBe(200);
    await harness.broker();
    await until(async () => (await readiness()).status === 200);
    await things.slow.delay({ n: 1 });
    await until(() => history(harness.data).length === 1);
    running.child.kill("SIGTERM");
    await until(async () => (await readiness()).codes[0] === "stopping");
    await shows('taskwire_worker_not_ready{code="stopping"} 1', "taskwire_worker_running 1");
    writeFileSync(join(harness.data, "release"), "");
    await running.ended;
    expect(running.child.exitCode).toBe(0);
  });

  it("stays ready while a broker restarts, and is not ready when none is there for 10 s", async () => {
    const broker = await harness.broker();
    await worker();
    await until(async () => (await readiness()).status === 200);
    await broker.kill();
    await shows(`taskwire_worker_session{broker="${await harness.address()}"} 0`);
    expect(await readiness()).toEqual({ status: 200, codes: [] });
    await until(async () => (await readiness()).codes[0] === "no_session");
    await harness.broker();
    await until(async () => (await readiness()).status === 200);
  });

  it("that is in use ends the command with a hint", async () => {
    await worker();
    const second = await outcome(["worker", "--handlers", HANDLERS, "--http", port, "--data", harness.data]);
    expect(second.code).toBe(1);
    expect(second.said).toContain(`cannot listen on ${port} for HTTP: the port is in use`);
    const wrong = await outcome(["worker", "--handlers", HANDLERS, "--http", "nonsense"]);
    expect(wrong.code).toBe(2);
  });
});

describe("the health file of a worker", () => {
  it("is young only after work could come in", async () => {
    const file = join(harness.data, "made", "health");
    await harness.worker("--health-file", file);
    expect(statSync(file).mtimeMs).toBe(0);
    const since = Date.now();
    const broker = await harness.broker();
    await until(() => statSync(file).mtimeMs >= since - 1);
    const touched = statSync(file).mtimeMs;
    await until(() => statSync(file).mtimeMs > touched);
    await broker.stop();
    // It comes back when it is taken away.
    rmSync(file);
    await harness.broker();
    await until(() => existsSync(file));
  });

  it("that cannot be written ends the command with a hint", async () => {
    const file = join(HANDLERS, "health");
    const found = await outcome(["worker", "--handlers", HANDLERS, "--health-file", file, "--data", harness.data]);
    expect(found.code).toBe(1);
    expect(found.said).toContain(`cannot write the health file ${file}`);
  });
});
