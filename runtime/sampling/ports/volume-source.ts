import { DAY, HOUR, MINUTE } from "../constants.js";
import type { Awaitable } from "./ports.js";

/** What is counted: root transactions, or root spans. */
export type Measure = "transactions" | "spans";

/** The window that ends now, and one page of what was counted in it. */
export interface VolumeQuery {
  /** Length of the window, seconds. */
  readonly interval: number;
  /** Size of the buckets that are added up, seconds: 60, 3600 or 86400. A bucket counts when the window touches it. */
  readonly granularity: number;
  readonly offset: number;
  /** Maximum number of rows. */
  readonly limit: number;
}

export interface OrgsVolumeQuery extends VolumeQuery {
  readonly orgs: readonly number[];
}

export interface ActiveOrgRow {
  readonly orgId: number;
  /** Projects with volume in the window. */
  readonly projects: number;
}

export interface OrgVolumeRow {
  readonly orgId: number;
  readonly total: number;
  /** The part of it that was kept. */
  readonly keep: number;
}

export interface ProjectCountRow {
  readonly orgId: number;
  readonly projectId: number;
  readonly total: number;
  readonly keep: number;
}

export interface TransactionTotalsRow {
  readonly orgId: number;
  readonly projectId: number;
  readonly total: number;
  /** Different transaction names. */
  readonly classes: number;
}

export interface TransactionVolumeRow {
  readonly orgId: number;
  readonly projectId: number;
  readonly name: string;
  readonly count: number;
}

/**
 * Where counted volumes are read, a page at a time (dynamic-sampling.md 12). Every list is ordered so that equal queries
 * give equal pages. Counts are finite and at least 0; the iterators refuse any other.
 */
export interface VolumeSource {
  /** Ascending by org. */
  activeOrgs(query: VolumeQuery): Awaitable<readonly ActiveOrgRow[]>;
  /** Ascending by org; `orgs` null: all. */
  orgVolumes(query: VolumeQuery & { readonly orgs: readonly number[] | null }): Awaitable<readonly OrgVolumeRow[]>;
  /** Ascending by org, project. */
  projectCounts(query: OrgsVolumeQuery & { readonly measure: Measure }): Awaitable<readonly ProjectCountRow[]>;
  /** Ascending by org, project. */
  transactionTotals(query: OrgsVolumeQuery): Awaitable<readonly TransactionTotalsRow[]>;
  /**
   * Ascending by org, project; at most `max` a project: its largest, descending, when `large`, else its smallest,
   * ascending; equal counts by name, by code point.
   */
  transactionVolumes(
    query: OrgsVolumeQuery & { readonly large: boolean; readonly max: number },
  ): Awaitable<readonly TransactionVolumeRow[]>;
}

/** One count to add to a source: root transactions (or spans) of one name, in the bucket of `at`. */
export interface VolumeRecord {
  readonly measure: Measure;
  readonly orgId: number;
  readonly projectId: number;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly total: number;
  readonly keep: number;
}

/** Starts, in seconds since the epoch, of the first and last bucket that a window ending at `now` (milliseconds) touches. */
export function windowBuckets(
  now: number,
  interval: number,
  granularity: number,
): { readonly first: number; readonly last: number } {
  const end = now / 1000;
  const floor = (at: number) => Math.floor(at / granularity) * granularity;
  // The end itself is outside of the window.
  return { first: floor(end - interval), last: Math.ceil(end / granularity) * granularity - granularity };
}

/** Sizes of the buckets that sources keep, seconds. */
export const GRANULARITIES = [MINUTE, HOUR, DAY] as const;
