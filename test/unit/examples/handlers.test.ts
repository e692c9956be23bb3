import { afterEach, beforeEach, expect, test, vi } from "vitest";
import handlers from "../../../examples/handlers.js";
import {
  ingestErrors,
  ingestProfiling,
  integrations,
  issues,
  notifications,
  replays,
  uptime,
} from "../../../generated/index.js";
import { Application } from "./application.js";

const UUID = "00000000-0000-4000-8000-000000000001";
const AT = new Date("2026-01-31T12:00:00.000Z");

let application: Application;

beforeEach(async () => {
  application = await Application.start();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await application[Symbol.asyncDispose]();
});

/** Runs the next activation and gives what its handler noted. */
async function noted(): Promise<unknown> {
  const lines: string[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => lines.push(String(text)) > 0);
  const activation = await application.next();
  await application.run(activation);
  const [line = ""] = lines;
  const { activation: id, task: _, ...fields } = JSON.parse(line);
  expect(id).toBe(activation.id);
  return fields;
}

test("every task of the schema has a handler", () =>
  expect([...handlers.tasks.values()].map(({ facts }) => facts.key).sort()).toEqual([
    "dynamic_sampling.boost_low_volume_projects",
    "dynamic_sampling.boost_low_volume_projects_of_org",
    "dynamic_sampling.boost_low_volume_projects_of_org_with_query",
    "dynamic_sampling.boost_low_volume_transactions",
    "dynamic_sampling.boost_low_volume_transactions_of_project",
    "dynamic_sampling.recalibrate_orgs",
    "dynamic_sampling.recalibrate_orgs_batch",
    "dynamic_sampling.recalibrate_projects_batch",
    "dynamic_sampling.sliding_window_org",
    "ingest.errors.save_event",
    "ingest.profiling.process_profile",
    "integrations.sync_issue_status",
    "issues.deliver_issue_webhook",
    "notifications.send_email",
    "replays.delete_replay",
    "uptime.record_check",
  ]));

test("events that differ in numbers only are one issue", async () => {
  const event = { project_id: 7, event_id: UUID, received_at: AT };
  await ingestErrors.saveEvent.delay({ ...event, payload: { message: "timeout after 31 ms" } });
  await ingestErrors.saveEvent.delay({ ...event, payload: { message: "timeout after 47 ms" } });
  const first = await noted();
  expect(first).toMatchObject({
    project_id: 7,
    event_id: UUID,
    received_at: AT.toISOString(),
    title: "timeout after <n> ms",
  });
  expect(await noted()).toEqual(first);
});

test("an event without a message has a title too", async () => {
  await ingestErrors.saveEvent.delay({ project_id: 7, event_id: UUID, received_at: AT, payload: [1] });
  expect(await noted()).toMatchObject({ title: "<unlabeled event>" });
});

test("a profile is stored under its hash", async () => {
  await ingestProfiling.processProfile.delay({
    organization_id: 1,
    project_id: 2,
    profile: new TextEncoder().encode("data"),
  });
  expect(await noted()).toEqual({
    organization_id: 1,
    project_id: 2,
    bytes: 4,
    address: "3a6eb0790f39ac87c94f3856b2dd2c5d110e6811602261a9a923d3bb23adc8b7",
  });
});

test("a tracker is notified of the transition of a status", async () => {
  await integrations.syncIssueStatus.delay({ integration_id: 1, group_id: 2, status: "ignored" });
  expect(await noted()).toEqual({ integration_id: 1, group_id: 2, transition: "Won't do" });
});

test("an email's gaps are filled, one without a value stays visible", async () => {
  await notifications.sendEmail.delay({ user_id: 1, template: "issue-assigned", context: { issue: "API-7" } });
  expect(await noted()).toEqual({ user_id: 1, subject: "API-7 was assigned to you by {by}" });
});

test("an unknown email template fails by name", async () => {
  await notifications.sendEmail.delay({ user_id: 1, template: "hello" });
  await expect(application.run(await application.next())).rejects.toThrow(
    'there is no email template "hello" (known: issue-assigned, weekly-report)',
  );
});

test("a deleted replay leaves an audit entry by default", async () => {
  await replays.deleteReplay.delay({ project_id: 3, replay_id: UUID });
  expect(await noted()).toEqual({ project_id: 3, deleted: `replays/3/${UUID}/`, audit: "kept" });
});

test.each([
  [200, "up"],
  [301, "up"],
  [404, "down"],
  [undefined, "unreachable"],
] as const)("a check with status %s is %s", async (status_code, outcome) => {
  await uptime.recordCheck.delay({ subscription_id: UUID, checked_at: AT, status_code, duration_ms: 12.5 });
  expect(await noted()).toEqual({ subscription_id: UUID, checked_at: AT.toISOString(), outcome, slow: false });
});

test("a webhook without an address says which variable is missing", async () => {
  await issues.deliverIssueWebhook.delay({ organization_id: 1, group_id: 1 });
  await expect(application.run(await application.next())).rejects.toThrow(
    "the environment variable TASKWIRE_DEMO_WEBHOOK is not set: expected the URL that webhooks are posted to; `npm run demo` sets it",
  );
});
