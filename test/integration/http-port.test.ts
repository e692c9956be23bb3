import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Status } from "#runtime/broker/index.js";
import { openLog } from "#runtime/log/open.js";
import type { Log, LogReader } from "#runtime/log/port.js";
import { BROKER_METRICS } from "#runtime/telemetry/broker-metrics.js";
import { LocalBroker } from "../support/harness/local-broker.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import { outcome } from "../support/processes/command.js";
import { freePort } from "../support/processes/operating-system.js";
import { until } from "../support/waiting.js";
import { environment } from "./fixtures/tasks.js";

const HANDLERS = join(import.meta.dirname, "../../dist/test/integration/fixtures/handlers.js");

describe("the HTTP port of a broker", () => {
  let local: LocalBroker;
  beforeEach(() => {
    local = new LocalBroker();
  });
  afterEach(() => local[Symbol.asyncDispose]());

  it("serves liveness, readiness, and the document of `taskwire status --json`", async () => {
    await local.start();
    expect(await (await local.get("/healthz")).json()).toEqual({ alive: true });
    expect(await local.readiness()).toEqual({ status: 200, ready: true, reasons: [] });
    const served: Status = JSON.parse(await (await local.get("/api/status")).text());
    const own: Status = JSON.parse(JSON.stringify(await local.status()));
    expect(Object.keys(served)).toEqual(Object.keys(own));
    // Ages and memory differ from one look to the next.
    const { journal: _, clockSkew: __, process: ___, ...same } = own;
    expect(served).toMatchObject(same);
  });

  it("serves every metric of the table with its value", async () => {
    await local.start();
    await local.worker("test", ["things.quick"]);
    await local.send({});
    await local.shows(({ ended }) => ended.completed === 1);
    await local.send({}, { task: "things.ghost", deadLetter: true });
    await local.shows(({ ended, unclaimed }) => ended.completed === 2 && unclaimed.length === 1);
    const text = await until(async () => {
      const text = await (await local.get("/metrics")).text();
      return text.includes("taskwire_handout_wait_seconds_count 2") && text;
    });
    for (const { name, type } of BROKER_METRICS) expect(text).toContain(`# TYPE ${name} ${type}\n`);
    for (const line of [
      'taskwire_activations_ended_total{end="completed"} 2',
      'taskwire_unclaimed_activations{application="test",namespace="things",task="things.ghost"} 1',
      'taskwire_activations{application="test",namespace="things",task="things.ghost",state="pending"} 1',
      'taskwire_topic_limit{topic="work",limit="max_pending_count"} 16384',
      'taskwire_reading_paused{topic="work",reason="max_pending_count"} 0',
      'taskwire_log_lag_records{topic="work",partition="0"} 0',
      'taskwire_sessions{state="open"} 1',
      'taskwire_not_ready{code="stopping"} 0',
      "taskwire_runtime_config_broken 0",
      ...["namespace", "task", "topic", "pool", "kill"].map((kind) => `taskwire_controls{kind="${kind}"} 0`),
      "taskwire_controls_unshared 0",
      "taskwire_cancelled_ahead_ids 0",
    ])
      expect(text.split("\n")).toContain(line);
    const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
    expect(value("taskwire_intake_batch_records_sum")).toBe(3);
    expect(value("taskwire_commit_duration_seconds_count")).toBeGreaterThan(0);
    expect(value("taskwire_commit_changes_sum")).toBeGreaterThan(0);
    expect(value("taskwire_process_resident_memory_bytes")).toBeGreaterThan(1e6);
    expect(value("taskwire_process_cpu_seconds_total")).toBeGreaterThan(0);
  });

  it("is not ready while a cluster is not assigned, and becomes ready by itself", async () => {
    const http = `127.0.0.1:${await freePort()}`;
    const assignment = gate();
    const started = local.start({
      http,
      openLog: opening((log) => ({ read: (...given) => heldBack(log.read(...given), { start: assignment.opened }) })),
    });
    const early = await until(() => local.readiness(http).catch(() => undefined));
    expect(early).toMatchObject({
      status: 503,
      ready: false,
      reasons: [{ code: "starting" }, { code: "not_assigned" }],
    });
    await started;
    expect(await local.readiness()).toMatchObject({
      reasons: [{ code: "not_assigned", message: 'no partition of cluster "local" is assigned yet; is it reachable?' }],
    });
    assignment.open();
    await until(async () => (await local.readiness()).ready);
  });

  it("is not ready when the log has refused what is to be published for more than 10 s, and ready when it takes it", async () => {
    let broken = true;
    let ahead = 0;
    await local.start({
      clock: {
        now: () => Date.now() + ahead,
        wall: () => Date.now() + ahead,
        after: (delay, run) => {
          const timer = setTimeout(run, delay);
          return () => clearTimeout(timer);
        },
      },
      openLog: opening((log) => ({
        append: (...given) => (broken ? Promise.reject(new Error("no space here")) : log.append(...given)),
      })),
    });
    await (await local.log()).append("work", [{ value: new Uint8Array([1, 2, 3]) }]);
    await local.shows(({ publishing }) => publishing[0]?.waiting === 1);
    expect((await local.readiness()).status).toBe(200);
    ahead = 11_000;
    expect((await local.readiness()).reasons).toContainEqual({
      code: "publishing_fails",
      message: expect.stringMatching(/topic "work-dlq" for 1\ds \(1 waiting\): no space here/),
    });
    expect(await (await local.get("/metrics")).text()).toMatch(
      /taskwire_publish_failures_total\{topic="work-dlq"\} [1-9]/,
    );
    broken = false;
    await local.shows(({ publishing, ended }) => publishing.length === 0 && ended.deadlettered === 1);
    await until(async () => (await local.readiness()).ready);
  });

  it("reports that the broker is stopping until it has stopped", async () => {
    const end = gate();
    const broker = await local.start({
      openLog: opening((log) => ({ read: (...given) => heldBack(log.read(...given), { end: end.opened }) })),
    });
    const stopping = broker.stop();
    expect(await local.readiness()).toMatchObject({ status: 503, reasons: [{ code: "stopping" }] });
    end.open();
    await stopping;
    await expect(local.readiness()).rejects.toThrow();
  });
});

describe("taskwire broker", () => {
  it("says where its HTTP port is, and refuses one in use naming --http", async () => {
    await using harness = new ProcessHarness(environment, HANDLERS);
    const running = await harness.broker();
    const url = /"url":"(http:\/\/127\.0\.0\.1:\d+\/readyz)"/.exec(running.said())?.[1] ?? "";
    expect((await fetch(url)).status).toBe(200);
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", () => resolve()));
    const at = taken.address();
    const port = typeof at === "object" && at !== null ? at.port : 0;
    await running.stop();
    const { code, said } = await outcome([
      "broker",
      "--env",
      "test",
      "--model",
      harness.model,
      "--data",
      harness.data,
      "--listen",
      "127.0.0.1:0",
      "--http",
      `127.0.0.1:${port}`,
    ]);
    await new Promise((resolve) => taken.close(resolve));
    expect(said).toContain(`cannot listen on 127.0.0.1:${port} for HTTP: the port is in use`);
    expect(said).toContain("--http HOST:PORT");
    expect(code).toBe(1);
  });
});

/** Opens logs whose appends and readers are as `changed` makes them. */
function opening(changed: (log: Log) => Partial<Pick<Log, "append" | "read">>): typeof openLog {
  return async (cluster, folder) => {
    const log = await openLog(cluster, folder);
    return {
      append: (...given) => log.append(...given),
      read: (...given) => log.read(...given),
      everRead: (...given) => log.everRead(...given),
      partitions: (...given) => log.partitions(...given),
      browse: (...given) => log.browse(...given),
      close: () => log.close(),
      ...changed(log),
    };
  };
}

/** A reader whose events come, and whose end comes, only when these are over. */
function heldBack(
  reader: LogReader,
  held: { readonly start?: Promise<void>; readonly end?: Promise<void> },
): LogReader {
  return {
    commit: (commits) => reader.commit(commits),
    pause: (topic) => reader.pause(topic),
    resume: (topic) => reader.resume(topic),
    close: async () => {
      await held.end;
      await reader.close();
    },
    async *[Symbol.asyncIterator]() {
      await held.start;
      yield* reader;
    },
  };
}

function gate(): { readonly open: () => void; readonly opened: Promise<void> } {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), opened };
}
