import {
  guardedRun,
  type Organization,
  projectSampleRate,
  reportedNumber,
  storeTransactionRates,
  transactions,
} from "taskwire/sampling";
import type { BoostLowVolumeTransactionsOfProjectParameters } from "../../../generated/namespaces/dynamic_sampling.js";
import { numberOption } from "../option.js";
import type { SamplingPorts } from "../ports.js";
import { logUsedRate } from "../used-rate.js";

const TRIGGER = "dynamic_sampling_boost_low_volume_transactions";
const INTENSITY = "dynamic-sampling:prioritise_transactions.rebalance_intensity";
/** Holds when the option was set to null. */
const FULL_INTENSITY = 1;
const FLOOR = "dynamic-sampling:prioritise_transactions.min_sample_rate";

/** dynamic-sampling.md 15.3. May run again: it stores the same rates once more. The signal ends it before it stores. */
export async function boostLowVolumeTransactionsOfProject(
  ports: SamplingPorts,
  parameters: BoostLowVolumeTransactionsOfProjectParameters,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const { organization_id: orgId, project_id: projectId } = parameters;
  const { organizations, rates, options, instruments, invalidation } = ports;
  const organization = (await organizations.organizations([orgId])).get(orgId);
  if (organization === undefined || !organization.dynamicSampling) return;
  const { rate, source } = await rateOf(ports, organization, projectId);
  logUsedRate(ports, { orgId, projectId, sampleRate: rate, source, usedFor: "boost_low_volume_transactions" });
  if (rate === null) {
    const message = "a project has no sample rate to balance its transactions by";
    instruments.reports.message(message, { org_id: orgId, project_id: projectId });
    return;
  }
  if (rate === 1 || parameters.transactions.length === 0) return;
  const rated = guardedRun(
    transactions<string>(),
    {
      classes: parameters.transactions.map(({ name, count }) => ({ id: name, count })),
      sampleRate: rate,
      total: parameters.total_num_transactions ?? null,
      totalNumClasses: parameters.total_num_classes ?? null,
      intensity: await numberOption(options, INTENSITY, FULL_INTENSITY),
      minSampleRate: await numberOption(options, FLOOR, 0),
    },
    (error) => instruments.reports.error(error),
  );
  if (rated === null) return;
  signal.throwIfAborted();
  const explicit = new Map(rated.classes.map(({ id, newSampleRate }) => [id, newSampleRate]));
  await storeTransactionRates(rates, orgId, projectId, { explicit, implicitRate: rated.implicitRate });
  await invalidation.invalidate(projectId, TRIGGER);
}

async function rateOf(
  { organizations, quotas, rates, instruments }: SamplingPorts,
  { id, samplingMode }: Organization,
  projectId: number,
): Promise<{ readonly rate: number | null; readonly source: string }> {
  if (samplingMode === "project") {
    const target = (await organizations.projectTargets([projectId])).get(projectId) ?? null;
    const what = `the target rate of project ${projectId}`;
    return {
      rate: target === null ? null : reportedNumber(what, target, instruments.reports),
      source: "project_setting",
    };
  }
  const blended = await quotas.blendedSampleRate(id);
  const { rate, success } = await projectSampleRate(id, projectId, blended, rates, instruments.reports);
  return { rate, source: success ? "boost_low_volume_projects" : "blended_sample_rate" };
}
