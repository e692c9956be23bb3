import {
  fetchProjectCounts,
  GetActiveOrgs,
  MAX_PROJECTS_PER_QUERY,
  type Measure,
  type ProjectCount,
  type TaskContext,
  TimedIterator,
} from "taskwire/sampling";
import { dynamicSampling } from "../../../generated/index.js";
import type { ProjectVolumeInput } from "../../../generated/types.js";
import type { SamplingPorts } from "../ports.js";
import { CHILD_HEADERS } from "./child-headers.js";
import { measureOf } from "./measures.js";

/** dynamic-sampling.md 15.2: one task an organization, so that one that fails does not hold up the others. */
export async function boostLowVolumeProjects(ports: SamplingPorts, context: TaskContext): Promise<void> {
  const { volumes, organizations } = ports;
  const measure = await measureOf(ports);
  const active = new GetActiveOrgs(volumes, { maxProjects: MAX_PROJECTS_PER_QUERY });
  for await (const batch of new TimedIterator(context, active)) {
    const facts = await organizations.organizations(batch);
    const byMeasure = new Map<Measure, number[]>();
    for (const orgId of batch) {
      const organization = facts.get(orgId);
      if (organization?.samplingMode === "project") continue;
      const of = measure(organization);
      byMeasure.set(of, [...(byMeasure.get(of) ?? []), orgId]);
    }
    for (const [of, orgs] of byMeasure) {
      const counts = await fetchProjectCounts(context, volumes, organizations, { orgs, measure: of });
      await dynamicSampling.boostLowVolumeProjectsOfOrg.delayMany(
        [...counts].map(([organization_id, projects]) => ({ organization_id, projects: projects.map(projectVolume) })),
        { headers: CHILD_HEADERS },
      );
    }
  }
}

function projectVolume({ projectId, total, keep }: ProjectCount): ProjectVolumeInput {
  return { project_id: projectId, total, indexed: keep };
}
