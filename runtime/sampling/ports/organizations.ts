import type { Awaitable } from "./awaitable.js";

export type SamplingMode = "organization" | "project";

export interface Organization {
  readonly id: number;
  readonly dynamicSampling: boolean;
  /** Whether it may set a target rate itself. */
  readonly customDynamicSampling: boolean;
  /** Whether it counts by spans. */
  readonly spans: boolean;
  readonly samplingMode: SamplingMode;
  /** Its own target rate, 0..1; null when it set none. */
  readonly targetSampleRate: number | null;
}

/** Facts about organizations and projects. */
export interface Organizations {
  /** Those of the organizations that exist, by id: one bulk read. */
  organizations(ids: readonly number[]): Awaitable<ReadonlyMap<number, Organization>>;
  /** The active projects of each organization; one without projects may be missing. */
  projects(orgIds: readonly number[]): Awaitable<ReadonlyMap<number, readonly number[]>>;
  /** The target rates that projects set, 0..1; one that set none is missing. */
  projectTargets(projectIds: readonly number[]): Awaitable<ReadonlyMap<number, number>>;
}
