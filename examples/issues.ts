import { defineIssuesHandlers } from "../generated/registry.js";
import { postJson, webhookAddress } from "./webhook.js";

export const issuesHandlers = defineIssuesHandlers({
  /** The receiver may see a delivery twice; `delivery` is the same for all runs of one activation. */
  deliverIssueWebhook: async ({ organization_id, group_id }, task) => {
    const delivery = task.headers.get("taskwire-root") ?? task.id;
    await postJson(webhookAddress(), { organization_id, group_id, delivery, attempt: task.attempt }, task.signal);
  },
});
