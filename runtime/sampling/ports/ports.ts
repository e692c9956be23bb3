/** The result of a port's method: a value or a promise. */
export type Awaitable<T> = T | Promise<T>;

/** The options of dynamic-sampling.md 1 and 15.2, with their defaults. */
export const OPTION_DEFAULTS = {
  /** Hours; null switches the sliding window off. */
  "dynamic-sampling:sliding_window.size": 24,
  "dynamic-sampling:prioritise_transactions.num_explicit_large_transactions": 30,
  "dynamic-sampling:prioritise_transactions.num_explicit_small_transactions": 0,
  "dynamic-sampling:prioritise_transactions.rebalance_intensity": 0.8,
  /** 0 switches the floor off. */
  "dynamic-sampling:prioritise_transactions.min_sample_rate": 0,
  /** Whether organizations with the spans feature are balanced by spans. */
  "dynamic-sampling.check_span_feature_flag": false,
} as const;

export type OptionName = keyof typeof OPTION_DEFAULTS;

export interface Options {
  /** The value that was set, null included; undefined when none was. */
  get(name: OptionName): Awaitable<unknown>;
}

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

/** Reads organizations and projects. */
export interface Organizations {
  /** Those of the organizations that exist, by id: one bulk read. */
  organizations(ids: readonly number[]): Awaitable<ReadonlyMap<number, Organization>>;
  /** The active projects of each organization; one without projects may be missing. */
  projects(orgIds: readonly number[]): Awaitable<ReadonlyMap<number, readonly number[]>>;
  /** The target rates that projects set, 0..1; one that set none is missing. */
  projectTargets(projectIds: readonly number[]): Awaitable<ReadonlyMap<number, number>>;
}

/** The limits of organizations' plans. */
export interface Quotas {
  /** The overall rate of the plan, 0..1; null when it has none. */
  blendedSampleRate(orgId: number): Awaitable<number | null>;
  /** The tier of a monthly volume: [volume from which it applies, rate 0..1]; null when there is none. */
  samplingTierForVolume(orgId: number, volume: number): Awaitable<readonly [volume: number, rate: number] | null>;
}

/** Stores rates, factors and marks until they expire (dynamic-sampling.md 14). Values are strings, lifetimes milliseconds. */
export interface RateStore {
  /** Null when missing or expired. */
  get(key: string): Awaitable<string | null>;
  /** Replaces value and lifetime. */
  set(key: string, value: string, life: number): Awaitable<void>;
  delete(key: string): Awaitable<void>;
  /** Empty when missing or expired. */
  getHash(key: string): Awaitable<ReadonlyMap<string, string>>;
  getHashField(key: string, field: string): Awaitable<string | null>;
  /** Adds or replaces these fields, keeps the others, and renews the lifetime of the whole hash. */
  setHash(key: string, fields: ReadonlyMap<string, string>, life: number): Awaitable<void>;
}

/** Invalidates copies of a project's configuration, so that they are reloaded. */
export interface ConfigurationInvalidation {
  /** `trigger`: the cause of the change, for the logs. */
  invalidate(projectId: number, trigger: string): Awaitable<void>;
}
