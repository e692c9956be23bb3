/** Compiled with the rest, never run: what the compiler says about calls and handlers of generated code. */
import { dynamicSampling, integrations, issues, notifications, uptime } from "../../generated/index.js";
import {
  defineHandlers,
  defineIssuesHandlers,
  defineNotificationsHandlers,
  defineSomeHandlers,
} from "../../generated/registry.js";

export async function calls(): Promise<void> {
  const { id } = await issues.deliverIssueWebhook.delay({ organization_id: 1, group_id: 2 });
  const ids = await issues.deliverIssueWebhook.delayMany([{ organization_id: 1, group_id: 2 }], { expires: "1h" });
  await issues.deliverIssueWebhook.delay(
    { organization_id: 1, group_id: 2 },
    { countdown: "5m", headers: { id, first: ids[0] ?? "" } },
  );

  // @ts-expect-error a required parameter is missing
  await issues.deliverIssueWebhook.delay({ organization_id: 1 });
  // @ts-expect-error a parameter has another type
  await issues.deliverIssueWebhook.delay({ organization_id: 1, group_id: "2" });
  // @ts-expect-error there is no such parameter
  await issues.deliverIssueWebhook.delay({ organization_id: 1, group_id: 2, grup_id: 3 });
  // @ts-expect-error required parameters cannot all be left out
  await issues.deliverIssueWebhook.delay();
  // @ts-expect-error an element lacks a parameter
  await issues.deliverIssueWebhook.delayMany([{ organization_id: 1 }]);
  // @ts-expect-error a countdown is a duration
  await issues.deliverIssueWebhook.delay({ organization_id: 1, group_id: 2 }, { countdown: "soon" });
  // @ts-expect-error a unit that is none
  await issues.deliverIssueWebhook.delay({ organization_id: 1, group_id: 2 }, { expires: "5 minutes" });
  // @ts-expect-error two durations in one
  await issues.deliverIssueWebhook.delay({ organization_id: 1, group_id: 2 }, { expires: "1h30m" });
  // @ts-expect-error a duration is no date
  await issues.deliverIssueWebhook.delay({ organization_id: 1, group_id: 2 }, { countdown: new Date() });
  // @ts-expect-error there is no such option
  await issues.deliverIssueWebhook.delay({ organization_id: 1, group_id: 2 }, { delay: "5m" });
  // @ts-expect-error a header is a text
  await issues.deliverIssueWebhook.delay({ organization_id: 1, group_id: 2 }, { headers: { a: 1 } });
  // @ts-expect-error many activations have no one id
  await issues.deliverIssueWebhook.delayMany([{ organization_id: 1, group_id: 2 }], { id: "a" });
  // @ts-expect-error an option is no second parameter
  await issues.deliverIssueWebhook.delay({ organization_id: 1, group_id: 2, countdown: "5m" });
  // @ts-expect-error the name on Sentry's own page against this signature
  await issues.deliverIssueWebhook.delay({ organization_id: 1, issue_id: 2 });
  // @ts-expect-error null is no value of a parameter that is not nullable
  await issues.deliverIssueWebhook.delay({ organization_id: 1, group_id: null });
  // @ts-expect-error parameters have names
  await issues.deliverIssueWebhook.delay(1, 2);
  // @ts-expect-error there is no such task
  await issues.deliverIssueWebhooks.delay({ organization_id: 1, group_id: 2 });

  await dynamicSampling.boostLowVolumeProjects.delay();
  await dynamicSampling.boostLowVolumeProjects.delay({});
  await dynamicSampling.boostLowVolumeProjects.delay({}, { countdown: 5 });
  // @ts-expect-error a task without parameters takes none
  await dynamicSampling.boostLowVolumeProjects.delay({ organization_id: 1 });

  const projects: readonly { project_id: number; total: number }[] = [{ project_id: 1, total: 5 }];
  await dynamicSampling.boostLowVolumeProjectsOfOrg.delay({ organization_id: 2, projects });
  // @ts-expect-error a record in a list lacks a field
  await dynamicSampling.boostLowVolumeProjectsOfOrg.delay({ organization_id: 2, projects: [{ project_id: 1 }] });
  const unknown = { project_id: 1, total: 5, spare: 1 };
  await dynamicSampling.boostLowVolumeProjectsOfOrg.delay({ organization_id: 2, projects: [unknown] });
  await dynamicSampling.boostLowVolumeProjectsOfOrg.delay({
    organization_id: 2,
    // @ts-expect-error a record has no such field
    projects: [{ project_id: 1, total: 5, spare: 1 }],
  });
  const named = [{ project_id: "ANC", total: 5 }];
  // @ts-expect-error a field of a record in a list has another type
  await dynamicSampling.boostLowVolumeProjectsOfOrg.delay({ organization_id: 2, projects: named });

  await integrations.syncIssueStatus.delay({ integration_id: 1, group_id: 2, status: "resolved" });
  // @ts-expect-error an enum takes its values only
  await integrations.syncIssueStatus.delay({ integration_id: 1, group_id: 2, status: "closed" });

  await notifications.sendEmail.delay({ user_id: 1, template: "welcome" });
  await notifications.sendEmail.delay({ user_id: 1, template: "welcome", context: { name: "Ada" } });

  await uptime.recordCheck.delay({
    subscription_id: "",
    checked_at: new Date(),
    duration_ms: 0.5,
    status_code: undefined,
  });
  // @ts-expect-error a time is a Date
  await uptime.recordCheck.delay({ subscription_id: "", checked_at: "2026-01-01", duration_ms: 0.5 });
}

export const issuesHandlers = defineIssuesHandlers({
  deliverIssueWebhook: async ({ organization_id, group_id }, task) => [organization_id + group_id, task.attempt + 1],
});

export const notificationsHandlers = defineNotificationsHandlers({
  // A parameter with a default is there.
  sendEmail: ({ context }) => Object.keys(context),
});

// @ts-expect-error a handler is missing
export const missing = defineIssuesHandlers({});

export const leftOver = defineIssuesHandlers({
  deliverIssueWebhook: () => undefined,
  // @ts-expect-error the schema has no such task
  deliverPullRequest: () => undefined,
});

export const wrong = defineIssuesHandlers({
  // @ts-expect-error the handler wants another parameter
  deliverIssueWebhook: (parameters: { organization_id: string }) => parameters.organization_id,
});

export const unknownParameter = defineIssuesHandlers({
  // @ts-expect-error the task has no such parameter
  deliverIssueWebhook: ({ pull_request_id }) => pull_request_id,
});

export const method = defineIssuesHandlers({
  // @ts-expect-error a method is checked as a function is
  deliverIssueWebhook(parameters: { organization_id: number; issue_id: number }) {
    return parameters.issue_id;
  },
});

export const notCallable = defineIssuesHandlers({
  // @ts-expect-error a handler is a function
  deliverIssueWebhook: "issues.deliverIssueWebhook",
});

export const tooMany = defineIssuesHandlers({
  // @ts-expect-error a handler gets parameters and its run, no more
  deliverIssueWebhook: (_parameters, _task, third) => third,
});

export const misusedRun = defineIssuesHandlers({
  // @ts-expect-error a run has no such property
  deliverIssueWebhook: (_parameters, task) => task.retries,
});

// @ts-expect-error the handlers of seven namespaces are missing
export const missingNamespaces = defineHandlers({ issues: issuesHandlers });

export const some = defineSomeHandlers({ issues: issuesHandlers });

// @ts-expect-error there is no such namespace
export const leftOverNamespace = defineSomeHandlers({ issues: issuesHandlers, tissues: issuesHandlers });

// @ts-expect-error handlers of another namespace
export const mixedUp = defineSomeHandlers({ uptime: issuesHandlers });
