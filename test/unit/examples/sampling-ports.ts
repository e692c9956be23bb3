import {
  MemoryRateStore,
  MemoryVolumeSource,
  type OptionName,
  type Organization,
  type VolumeRecord,
} from "taskwire/sampling";
import type { SamplingPorts } from "../../../examples/sampling/ports.js";
import { ManualClock, recorded } from "../sampling/instruments.js";

const NOW = Date.UTC(2024, 1, 10, 12, 30);

/** Ports in memory that a test fills, and what the tasks told them. */
export function testPorts() {
  const volumes = new MemoryVolumeSource(() => NOW);
  const organizations = new Map<number, Organization>();
  const projects = new Map<number, number[]>();
  const targets = new Map<number, number>();
  const options = new Map<OptionName, unknown>();
  const blended = new Map<number, number | null>();
  const tiers = new Map<number, readonly [number, number]>();
  const invalidated: string[] = [];
  const failing = new Set<number>();
  const clock = new ManualClock();
  const { emitted, reported, instruments } = recorded(clock);
  const ports: SamplingPorts = {
    volumes,
    rates: new MemoryRateStore(() => NOW),
    organizations: {
      organizations: (ids) => {
        if (ids.length === 1 && failing.has(ids[0] ?? 0)) throw new Error(`no facts about ${ids[0]}`);
        return new Map(
          ids.flatMap((id) => {
            const found = organizations.get(id);
            return found === undefined ? [] : [[id, found]];
          }),
        );
      },
      projects: (ids) => new Map(ids.map((id) => [id, projects.get(id) ?? []])),
      projectTargets: () => targets,
    },
    options: { get: (name) => options.get(name) },
    quotas: {
      blendedSampleRate: (id) => blended.get(id) ?? null,
      samplingTierForVolume: (id) => tiers.get(id) ?? null,
    },
    invalidation: { invalidate: (id, trigger) => void invalidated.push(`${id} ${trigger}`) },
    instruments,
  };
  return {
    ports,
    rates: ports.rates,
    targets,
    options,
    blended,
    tiers,
    invalidated,
    failing,
    clock,
    emitted,
    reported,
    /** An organization with these active projects. */
    add(id: number, active: number[] = [], facts: Partial<Organization> = {}): void {
      organizations.set(id, {
        id,
        dynamicSampling: true,
        customDynamicSampling: false,
        spans: false,
        samplingMode: "organization",
        targetSampleRate: null,
        ...facts,
      });
      projects.set(id, active);
    },
    count(orgId: number, projectId: number, name: string, total: number, rest: Partial<VolumeRecord> = {}): void {
      const at = NOW - 1000;
      volumes.record([{ measure: "transactions", orgId, projectId, name, at, total, keep: 0, ...rest }]);
    },
    /** The sources of the rates that were logged. */
    sources(): unknown[] {
      return emitted.flatMap((line) => {
        if (!Array.isArray(line) || line[1] !== "dynamic_sampling.sample_rate_source") return [];
        const { org_id, project_id, sample_rate, source, used_for } = line[2];
        return [[org_id, project_id ?? null, sample_rate, source, used_for]];
      });
    },
  };
}
