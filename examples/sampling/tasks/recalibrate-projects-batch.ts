import {
  effectiveRate,
  fetchProjectCounts,
  type ProjectCount,
  rateKeys,
  recalibrateStored,
  TARGET_SAMPLE_RATE_DEFAULT,
  type TaskContext,
} from "taskwire/sampling";
import type { SamplingPorts } from "../ports.js";
import { logUsedRate } from "../used-rate.js";

/** dynamic-sampling.md 15.1: one step for each project; one that fails is reported and holds up no other. */
export async function recalibrateProjectsBatch(
  ports: SamplingPorts,
  context: TaskContext,
  orgs: readonly number[],
  run: string,
): Promise<void> {
  const { volumes, organizations, instruments } = ports;
  for (const [orgId, counts] of await fetchProjectCounts(context, volumes, organizations, { orgs, measure: "spans" })) {
    let targets: ReadonlyMap<number, number>;
    try {
      targets = await organizations.projectTargets(counts.map(({ projectId }) => projectId));
    } catch (error) {
      instruments.reports.error(error);
      continue;
    }
    for (const count of counts) {
      context.checkTime();
      try {
        await recalibrateProject(ports, orgId, count, targets.get(count.projectId) ?? TARGET_SAMPLE_RATE_DEFAULT, run);
      } catch (error) {
        instruments.reports.error(error);
      }
    }
  }
}

async function recalibrateProject(
  ports: SamplingPorts,
  orgId: number,
  count: ProjectCount,
  target: number,
  run: string,
) {
  const { projectId, total, keep } = count;
  logUsedRate(ports, {
    orgId,
    projectId,
    sampleRate: target,
    source: "project_setting",
    usedFor: "recalibrate_projects",
  });
  const effective = effectiveRate({ total, indexed: keep });
  await recalibrateStored(ports.rates, rateKeys.projectFactor(projectId), effective, target, run);
}
