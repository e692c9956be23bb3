import { createServer } from "node:http";
import { expectDelayed, recordTasks, runTask, startTestBroker, testClock } from "taskwire/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import handlers from "../../examples/handlers.js";
import { WEBHOOK_VARIABLE } from "../../examples/webhook.js";
import { environments } from "../../generated/environments.js";
import { issues, notifications } from "../../generated/index.js";

// docs/guide/testing.md quotes this file; documented-examples.test.ts fails when it does not any more.

/** The receiver of webhooks: refuses its first calls. */
let refusals = 0;
const calls: string[] = [];
const receiver = createServer((request, response) => {
  calls.push(request.method ?? "");
  response.statusCode = calls.length <= refusals ? 503 : 200;
  response.end();
});

beforeEach(async () => {
  calls.length = 0;
  refusals = 0;
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const address = receiver.address();
  if (typeof address === "object" && address !== null)
    process.env[WEBHOOK_VARIABLE] = `http://127.0.0.1:${address.port}/`;
});

afterEach(async () => {
  delete process.env[WEBHOOK_VARIABLE];
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

/** The application's code in these examples. */
async function assignIssue(issue: number, user: number): Promise<void> {
  await issues.deliverIssueWebhook.delay({ organization_id: 1, group_id: issue });
  await notifications.sendEmail.delay(
    { user_id: user, template: "issue-assigned", context: { issue: `#${issue}`, by: "Ada" } },
    { countdown: "5m" },
  );
}

describe("the examples of docs/guide/testing.md", () => {
  it("show how to check what was delayed", async () => {
    await using recorded = recordTasks();

    await assignIssue(7, 42);

    recorded.expectDelayed(issues.deliverIssueWebhook, { group_id: 7 });
    const { parameters } = recorded.expectDelayed(notifications.sendEmail, { user_id: 42 }, { countdown: "5m" });
    expect(parameters.context).toEqual({ issue: "#7", by: "Ada" });
    expect(recorded.calls(notifications.sendEmail)).toHaveLength(1);
    expect(expectDelayed(issues.deliverIssueWebhook).parameters.organization_id).toBe(1);
  });

  it("show how to run one handler", async () => {
    refusals = 1;
    const input = { organization_id: 1, group_id: 7 };

    const run = await runTask(handlers, issues.deliverIssueWebhook, input);
    expect(run).toMatchObject({ kind: "retry", delay: 1 });

    const last = await runTask(handlers, issues.deliverIssueWebhook, input, { attempt: 3 });
    expect(last.kind).toBe("complete");

    const mine = await runTask(({ group_id }, task) => `${task.name} ${group_id}`, issues.deliverIssueWebhook, input);
    expect(mine).toMatchObject({ kind: "complete", result: "sentry.issues.tasks.deliver_issue_webhook 7" });
  });

  it("show how to check what one handler delays", async () => {
    const escalate = async ({ group_id }: { group_id: number }) => assignIssue(group_id, 1);

    const run = await runTask(escalate, issues.deliverIssueWebhook, { organization_id: 1, group_id: 7 });

    expect(run.recorded.expectDelayed(notifications.sendEmail, { user_id: 1 }).countdown).toBe(300);
  });

  it("show how to drain", async () => {
    refusals = 2;
    await using recorded = recordTasks({ clock: testClock("2026-03-01T12:00:00Z") });

    await assignIssue(7, 42);
    const { runs } = await recorded.drain(handlers);

    expect(runs.map(({ task, attempt, kind }) => `${task} ${attempt} ${kind}`)).toEqual([
      "issues.deliver_issue_webhook 1 retry",
      "issues.deliver_issue_webhook 2 retry",
      "issues.deliver_issue_webhook 3 complete",
      "notifications.send_email 1 complete",
    ]);
    expect(recorded.clock.date.toISOString()).toBe("2026-03-01T12:05:00.000Z");
  });

  it("show how to expect a failure", async () => {
    refusals = 3;
    await using recorded = recordTasks();

    await issues.deliverIssueWebhook.delay({ organization_id: 1, group_id: 7 });
    const { failures } = await recorded.drain(handlers, { failures: "keep" });

    expect(failures).toMatchObject([{ attempt: 3, reason: "attempts_exceeded", deadLettered: true }]);
  });

  it("show how to start a test broker", async () => {
    await using broker = await startTestBroker({ handlers, environment: environments.saas });

    await assignIssue(7, 42);
    await broker.settled();
    expect(broker.runs.map(({ task }) => task)).toEqual(["issues.deliver_issue_webhook"]);

    broker.clock.advance("5m");
    await broker.settled();
    expect(broker.runs.at(-1)).toMatchObject({ task: "notifications.send_email", kind: "complete" });
  });

  it("show how to read dead letters", async () => {
    refusals = 3;
    await using broker = await startTestBroker({ handlers });

    await issues.deliverIssueWebhook.delay({ organization_id: 1, group_id: 7 });
    await broker.drain({ failures: "keep" });

    expect(broker.deadLetters).toMatchObject([{ reason: "attempts_exceeded", attempts: 3 }]);
  });
});
