import { effectiveRate, orgSampleRate, rateKeys, recalibrateStored } from "taskwire/sampling";
import type { OrganizationVolume } from "../../../generated/types.js";
import type { SamplingPorts } from "../ports.js";
import { logUsedRate } from "../used-rate.js";

/** dynamic-sampling.md 15.1: one step for each organization; one that fails is reported and holds up no other. */
export async function recalibrateOrgsBatch(
  ports: SamplingPorts,
  volumes: readonly OrganizationVolume[],
  run: string,
  signal: AbortSignal,
): Promise<void> {
  for (const volume of volumes) {
    signal.throwIfAborted();
    try {
      await recalibrateOrg(ports, volume, run);
    } catch (error) {
      ports.instruments.reports.error(error);
    }
  }
}

async function recalibrateOrg(
  ports: SamplingPorts,
  { organization_id, total, indexed }: OrganizationVolume,
  run: string,
) {
  const { organizations, quotas, rates, instruments } = ports;
  const organization = (await organizations.organizations([organization_id])).get(organization_id);
  if (organization === undefined || !organization.dynamicSampling) return;
  const blended = await quotas.blendedSampleRate(organization_id);
  const { rate: target, success } = await orgSampleRate(organization, blended, rates, instruments.reports);
  logUsedRate(ports, {
    orgId: organization_id,
    projectId: null,
    sampleRate: target,
    source: success ? "sliding_window_org" : "blended_sample_rate",
    usedFor: "recalibrate_orgs",
  });
  if (target === null) {
    instruments.reports.message("an organization has no sample rate to recalibrate to", { org_id: organization_id });
    return;
  }
  await recalibrateStored(rates, rateKeys.orgFactor(organization_id), effectiveRate({ total, indexed }), target, run);
}
