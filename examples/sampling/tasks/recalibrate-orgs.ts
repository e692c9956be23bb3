import { GetActiveOrgsVolumes, isValidVolume, type TaskContext, TimedIterator } from "taskwire/sampling";
import { dynamicSampling } from "../../../generated/index.js";
import type { OrganizationVolumeInput } from "../../../generated/types.js";
import type { SamplingPorts } from "../ports.js";
import { withRunName } from "../run-name.js";

/** dynamic-sampling.md 15.1: reads five minutes of volumes and hands valid ones to the batches. `run`: this recalibration's name. */
export async function recalibrateOrgs(
  { volumes, organizations }: SamplingPorts,
  context: TaskContext,
  run: string,
): Promise<void> {
  const headers = withRunName(run);
  for await (const batch of new TimedIterator(context, new GetActiveOrgsVolumes(volumes))) {
    const facts = await organizations.organizations(batch.map(({ orgId }) => orgId));
    const byOrganization: OrganizationVolumeInput[] = [];
    const byProject: number[] = [];
    for (const volume of batch.filter(isValidVolume)) {
      const { orgId, total, indexed } = volume;
      if (facts.get(orgId)?.samplingMode === "project") byProject.push(orgId);
      else byOrganization.push({ organization_id: orgId, total, indexed });
    }
    if (byProject.length > 0)
      await dynamicSampling.recalibrateProjectsBatch.delay({ organization_ids: byProject }, { headers });
    if (byOrganization.length > 0)
      await dynamicSampling.recalibrateOrgsBatch.delay({ organizations: byOrganization }, { headers });
  }
}
