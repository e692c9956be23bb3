import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { AppendError, close, connect, currentTask, ParameterError, type TaskRun } from "taskwire";
import { recordTasks, runTask } from "taskwire/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LogClient } from "#runtime/client/client.js";
import { standInForClient } from "#runtime/client/connect.js";
import type { LogRecord, Position } from "#runtime/log/port.js";
import handlers from "../../examples/handlers.js";
import { environments } from "../../generated/environments.js";
import { issues, notifications } from "../../generated/index.js";

// docs/guide/sending.md quotes this file; documented-examples.test.ts fails when it does not any more.

let folder: string;
/** What the examples print. */
const printed: unknown[][] = [];
const console = { log: (...values: unknown[]) => void printed.push(values) };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "taskwire-sending-"));
  vi.stubEnv("TASKWIRE_DATA", folder);
  vi.stubEnv("TASKWIRE_ENV", "local");
  printed.length = 0;
});

afterEach(async () => {
  standInForClient(() => undefined);
  await close();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A client whose second append fails. */
class FailingOnce extends LogClient {
  readonly batches: (number | "failed")[] = [];

  override async append(topic: string, records: readonly LogRecord[]): Promise<Position[]> {
    this.batches.push(this.batches.length === 1 ? "failed" : records.length);
    if (this.batches.at(-1) === "failed") throw new Error("the log is away");
    return records.map((_, offset) => ({ topic, partition: 0, offset }));
  }
}

describe("the examples of docs/guide/sending.md", () => {
  it("show that a call returns the id of its activation", async () => {
    const { id } = await issues.deliverIssueWebhook.delay({ organization_id: 1, group_id: 7 });
    expect(id).toMatch(/^[0-9a-f]{32}$/);
  });

  it("show the error for parameters that do not fit", async () => {
    const wrong = notifications.sendEmail.delay({ user_id: 42, template: "x".repeat(101) });
    const error: unknown = await wrong.catch((reason: unknown) => reason);
    if (error instanceof ParameterError) console.log(error.task, error.issues[0]?.path);
    expect(printed).toEqual([["notifications.send_email", "template"]]);
  });

  it("show every option of a call", async () => {
    await using recorded = recordTasks();
    await notifications.sendEmail.delay(
      { user_id: 42, template: "reminder" },
      { countdown: "2h", expires: "1d", headers: { campaign: "spring" }, id: "reminder-42" },
    );
    expect(recorded.calls(notifications.sendEmail)).toMatchObject([
      { id: "reminder-42", countdown: 7200, expires: 86_400, headers: { campaign: "spring" } },
    ]);
    for (const options of [{ countdown: "500ms" }, { id: "with blank" }, { headers: { "taskwire-x": "" } }] as const) {
      const refused = notifications.sendEmail.delay({ user_id: 42, template: "reminder" }, options);
      await expect(refused).rejects.toMatchObject({ code: "bad_option" });
    }
  });

  it("show how to start at a moment in time", async () => {
    await using recorded = recordTasks();
    const start = new Date(Date.now() + 90_000);
    const countdown = Math.max(0, Math.ceil((start.getTime() - Date.now()) / 1000));
    await notifications.sendEmail.delay({ user_id: 42, template: "reminder" }, { countdown });
    expect(recorded.calls(notifications.sendEmail)).toMatchObject([{ countdown: 90 }]);
  });

  it("show that an id of one's own runs once", async () => {
    await using recorded = recordTasks();
    await issues.deliverIssueWebhook.delay({ organization_id: 1, group_id: 7 }, { id: "webhook-1-7-created" });
    await issues.deliverIssueWebhook.delay({ organization_id: 1, group_id: 7 }, { id: "webhook-1-7-created" }); // runs once
    const { runs } = await recorded.drain(handlers, { failures: "keep" });
    expect(runs.filter(({ attempt }) => attempt === 1).map(({ id }) => id)).toEqual(["webhook-1-7-created"]);
  });

  it("show that many at once return their ids in order", async () => {
    await using recorded = recordTasks();
    const ids = await issues.deliverIssueWebhook.delayMany([
      { organization_id: 1, group_id: 7 },
      { organization_id: 1, group_id: 8 },
    ]);
    expect(recorded.calls(issues.deliverIssueWebhook).map(({ id }) => id)).toEqual(ids);
  });

  it("show that a batch that fails reports how many were accepted before it", async () => {
    const groups = Array.from({ length: 1500 }, (_, n) => n);
    const client = new FailingOnce(environments.local);
    standInForClient(() => client);
    const inputs = groups.map((group_id) => ({ organization_id: 1, group_id }));
    try {
      await issues.deliverIssueWebhook.delayMany(inputs);
    } catch (error) {
      if (!(error instanceof AppendError)) throw error;
      await issues.deliverIssueWebhook.delayMany(inputs.slice(error.appended));
    }
    expect(client.batches).toEqual([1000, "failed", 500]);
    await client.close();
  });

  it("show a row and its task: sent after the commit, with an id that follows from the row", async () => {
    await using recorded = recordTasks();
    const database = new Database(":memory:");
    database.exec("CREATE TABLE tickets (id INTEGER PRIMARY KEY, subject TEXT, sent INTEGER)");
    const ticket = database.prepare("INSERT INTO tickets (subject, sent) VALUES (?, 0)").run("help").lastInsertRowid;
    await notifications.sendEmail.delay({ user_id: 42, template: "ticket" }, { id: `ticket-${ticket}` });
    database.prepare("UPDATE tickets SET sent = 1 WHERE id = ?").run(ticket);
    expect(recorded.calls(notifications.sendEmail)).toMatchObject([{ id: "ticket-1" }]);
    database.close();
  });

  it("show a connection in code", async () => {
    await using client = await connect(environments.local);
    await issues.deliverIssueWebhook.delay({ organization_id: 1, group_id: 7 });
    console.log(client.environment.name);
    expect(printed).toEqual([["local"]]);
  });

  it.each(["production", "test"])("hold: NODE_ENV %s requires an environment", async (mode) => {
    vi.stubEnv("NODE_ENV", mode);
    vi.stubEnv("TASKWIRE_ENV", "");
    const refused = issues.deliverIssueWebhook.delay({ organization_id: 1, group_id: 7 });
    await expect(refused).rejects.toMatchObject({ code: "not_connected" });
  });

  it.each(["development", ""])("hold: NODE_ENV %j sends to local", async (mode) => {
    vi.stubEnv("NODE_ENV", mode);
    vi.stubEnv("TASKWIRE_ENV", "");
    await issues.deliverIssueWebhook.delay({ organization_id: 1, group_id: 7 });
  });

  it("show the end of a process, and a call after it", async () => {
    await issues.deliverIssueWebhook.delay({ organization_id: 1, group_id: 7 });
    await close();
    await issues.deliverIssueWebhook.delay({ organization_id: 1, group_id: 7 });
  });

  it("show code that is called by handlers and by others", async () => {
    const who = () => {
      const task = currentTask();
      return task === undefined ? "a request" : `run ${task.attempt} of ${task.name}`;
    };
    expect(who()).toBe("a request");
    const run = await runTask(who, issues.deliverIssueWebhook, { organization_id: 1, group_id: 7 });
    expect(run).toMatchObject({ result: "run 1 of sentry.issues.tasks.deliver_issue_webhook" });
  });

  it("show a handler that sends with an id made of its run's", async () => {
    const handler = async ({ group_id }: { group_id: number }, task: TaskRun) => {
      const input = { user_id: group_id, template: "issue-assigned" };
      await notifications.sendEmail.delay(input, { id: `${task.root}-mail` });
    };
    const input = { organization_id: 1, group_id: 7 };
    const run = await runTask(handler, issues.deliverIssueWebhook, input, { id: "first" });
    expect(run.recorded.calls(notifications.sendEmail)).toMatchObject([{ id: "first-mail" }]);
  });
});
