import {
  equalRates,
  fetchProjectCounts,
  guardedRun,
  orgSampleRate,
  projects,
  readProjectRates,
  storeProjectRates,
  type TaskContext,
} from "taskwire/sampling";
import type { SamplingPorts } from "../ports.js";
import { logUsedRate } from "../used-rate.js";
import { measureOf } from "./measures.js";

const TRIGGER = "dynamic_sampling_boost_low_volume_projects";

interface ProjectTotal {
  readonly projectId: number;
  readonly total: number;
}

/**
 * dynamic-sampling.md 15.2. Gives how many rates it stored. May run again: it stores the same rates once more. The signal
 * ends it before it stores: rates that are stored are made known too.
 */
export async function boostLowVolumeProjectsOfOrg(
  ports: SamplingPorts,
  orgId: number,
  counts: readonly ProjectTotal[],
  signal: AbortSignal,
): Promise<number> {
  const { organizations, quotas, rates, instruments } = ports;
  signal.throwIfAborted();
  const organization = (await organizations.organizations([orgId])).get(orgId);
  if (organization === undefined || !organization.dynamicSampling) return 0;
  const blended = await quotas.blendedSampleRate(orgId);
  const { rate, success } = await orgSampleRate(organization, blended, rates, instruments.reports);
  logUsedRate(ports, {
    orgId,
    projectId: null,
    sampleRate: rate,
    source: success ? "sliding_window_org" : "blended_sample_rate",
    usedFor: "boost_low_volume_projects",
  });
  if (rate === null) {
    instruments.reports.message("an organization has no sample rate to balance its projects by", { org_id: orgId });
    return 0;
  }
  if (counts.every(({ total }) => total === 0)) return 0;
  const known = new Set(counts.map(({ projectId }) => projectId));
  const others = ((await organizations.projects([orgId])).get(orgId) ?? []).filter((id) => !known.has(id));
  const classes = [
    ...counts.map(({ projectId, total }) => ({ id: projectId, count: total })),
    ...others.map((id) => ({ id, count: 0 })),
  ];
  const rated = guardedRun(projects<number>(), { classes, sampleRate: rate }, (error) =>
    instruments.reports.error(error),
  );
  if (rated === null) return 0;
  const stored = await readProjectRates(rates, orgId);
  signal.throwIfAborted();
  await storeProjectRates(rates, orgId, new Map(rated.map(({ id, newSampleRate }) => [id, newSampleRate])));
  for (const { id, newSampleRate } of rated) {
    if (!equalRates(stored.get(id) ?? null, newSampleRate)) await ports.invalidation.invalidate(id, TRIGGER);
  }
  return rated.length;
}

/** The same, for an organization whose counts it reads itself; one that samples by project has none to balance. */
export async function boostLowVolumeProjectsOfOrgWithQuery(
  ports: SamplingPorts,
  context: TaskContext,
  orgId: number,
  signal: AbortSignal,
): Promise<number> {
  const organization = (await ports.organizations.organizations([orgId])).get(orgId);
  if (organization?.samplingMode === "project") return 0;
  const measure = (await measureOf(ports))(organization);
  const counts = await fetchProjectCounts(context, ports.volumes, ports.organizations, { orgs: [orgId], measure });
  return boostLowVolumeProjectsOfOrg(ports, orgId, counts.get(orgId) ?? [], signal);
}
