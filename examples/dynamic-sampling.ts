import { issues } from "../generated/index.js";
import { defineDynamicSamplingHandlers } from "../generated/registry.js";
import { samplingHandlers } from "./sampling/handlers.js";
import { processPorts } from "./sampling/process-ports.js";
import { hasWebhook } from "./webhook.js";

/** The sampling tasks over this process's database. An organization's webhook hears of its new rates, where there is one. */
export const dynamicSamplingHandlers = defineDynamicSamplingHandlers(
  samplingHandlers(processPorts, async (orgId, projects) => {
    if (hasWebhook()) await issues.deliverIssueWebhook.delay({ organization_id: orgId, group_id: projects });
  }),
);
