import { dynamicSampling, issues } from "../generated/index.js";
import { defineDynamicSamplingHandlers } from "../generated/registry.js";
import { reportError } from "./note.js";
import { balance } from "./sampling/balance.js";
import { processStore } from "./sampling/process-store.js";

export const dynamicSamplingHandlers = defineDynamicSamplingHandlers({
  /** One task an organization, so that one that fails does not hold up the others. */
  boostLowVolumeProjects: async () => {
    await Promise.all(
      processStore()
        .organizations()
        .map(({ organization, projects }) =>
          dynamicSampling.boostLowVolumeProjectsOfOrg.delay({
            organization_id: organization,
            projects: projects.map(({ project, total }) => ({ project_id: project, total })),
          }),
        ),
    );
  },

  /** May run again: it stores the same rates once more. */
  boostLowVolumeProjectsOfOrg: async ({ organization_id, projects }) => {
    const store = processStore();
    const totals = projects.map(({ project_id, total }) => ({ project: project_id, total }));
    const rates = balance(totals, reportError);
    if (rates.length === 0) return;
    store.storeRates(organization_id, rates);
    await issues.deliverIssueWebhook.delay({
      organization_id: store.organizationNumber(organization_id),
      group_id: rates.length,
    });
  },
});
