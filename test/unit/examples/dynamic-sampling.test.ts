import { afterEach, beforeEach, expect, test } from "vitest";
import { Receiver } from "../../../examples/demo/receiver.js";
import { dynamicSampling } from "../../../generated/index.js";
import { Application } from "./application.js";

const PARENT = "sentry.dynamic_sampling.tasks.boost_low_volume_projects";
const CHILD = "sentry.dynamic_sampling.boost_low_volume_projects_of_org";
const WEBHOOK = "sentry.issues.tasks.deliver_issue_webhook";

let application: Application;

beforeEach(async () => {
  application = await Application.start();
  application.store.loadVolumes([
    {
      organization: "AK",
      projects: [
        { project: "ANC", total: 60 },
        { project: "JNU", total: 20 },
      ],
    },
    { organization: "WY", projects: [{ project: "JAC", total: 100 }] },
    { organization: "ZZ", projects: [{ project: "NIL", total: 0 }] },
  ]);
});

afterEach(() => application[Symbol.asyncDispose]());

test("one activation becomes one child an organization, a rate for each project and one webhook each", async () => {
  await using receiver = await Receiver.start();
  application.webhook = receiver.url;

  await dynamicSampling.boostLowVolumeProjects.delay();
  const parent = await application.next();
  expect(parent.task).toBe(PARENT);
  await application.run(parent);

  const children = await application.take(3);
  expect(children.map(({ task }) => task)).toEqual([CHILD, CHILD, CHILD]);
  for (const child of children) await application.run(child);
  expect(application.store.rates()).toEqual([
    { organization: "AK", project: "ANC", rate: expect.closeTo(10 / 60, 12) },
    { organization: "AK", project: "JNU", rate: 0.5 },
    { organization: "WY", project: "JAC", rate: 0.25 },
  ]);

  // ZZ has nothing to balance: no rate, no webhook.
  const webhooks = await application.take(2);
  expect(webhooks.map(({ task }) => task)).toEqual([WEBHOOK, WEBHOOK]);
  for (const webhook of webhooks) await application.run(webhook);
  expect([...receiver.delivered]).toEqual([
    [1, 2],
    [2, 1],
  ]);
});

test("a child that runs twice stores the same rates", async () => {
  await dynamicSampling.boostLowVolumeProjectsOfOrg.delay({
    organization_id: "AK",
    projects: [
      { project_id: "ANC", total: 60 },
      { project_id: "JNU", total: 20 },
    ],
  });
  const child = await application.next();
  await application.run(child);
  const once = application.store.rates();
  expect(once).toHaveLength(2);
  await application.run(child);
  expect(application.store.rates()).toEqual(once);
});

test("an organization that is not in the store fails by name", async () => {
  await dynamicSampling.boostLowVolumeProjectsOfOrg.delay({
    organization_id: "XX",
    projects: [{ project_id: "A", total: 1 }],
  });
  await expect(application.run(await application.next())).rejects.toThrow(
    'organization "XX" has no volumes in the store; load them first',
  );
});

test("a wrong parameter is an error in the caller and appends nothing", async () => {
  const projects = [{ project_id: "ANC", total: "60" }];
  // @ts-expect-error: total is a number
  const wrong = dynamicSampling.boostLowVolumeProjectsOfOrg.delay({ organization_id: "AK", projects });
  await expect(wrong).rejects.toThrow(
    'dynamic_sampling.boost_low_volume_projects_of_org: projects.0.total: expected int, got "60"',
  );
  await dynamicSampling.boostLowVolumeProjects.delay();
  expect((await application.next()).task).toBe(PARENT);
});
