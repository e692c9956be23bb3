import { HOUR, MAX_ORGS_PER_QUERY, MINUTE, ORG_VOLUMES_INTERVAL } from "../constants.js";
import { checkedCount } from "../numbers.js";
import type { ActiveOrgRow, OrgVolumeRow, VolumeSource } from "../ports/volume-source.js";
import { Chunks, CountingIterator } from "./paging.js";

export interface ActiveOrgsOptions {
  /** Default 100. */
  readonly maxOrgs?: number;
  /** Default null: no limit. */
  readonly maxProjects?: number | null;
}

/**
 * Batches of the ids of organizations with volume in the last hour, ascending (dynamic-sampling.md 12). A batch ends at the
 * maxOrgs-th organization, or at the one that brings the projects to maxProjects, which belongs to it. One query a step at
 * most, so a batch may be short.
 */
export class GetActiveOrgs extends CountingIterator<readonly number[]> {
  static readonly timerName = "GetActiveOrgs";
  readonly #chunks: Chunks<ActiveOrgRow>;
  readonly #maxOrgs: number;
  readonly #maxProjects: number;
  #cache: readonly ActiveOrgRow[] = [];

  constructor(source: VolumeSource, { maxOrgs = MAX_ORGS_PER_QUERY, maxProjects = null }: ActiveOrgsOptions = {}) {
    super();
    this.#chunks = new Chunks((page) => source.activeOrgs({ interval: HOUR, granularity: HOUR, ...page }));
    this.#maxOrgs = maxOrgs;
    this.#maxProjects = maxProjects ?? Number.POSITIVE_INFINITY;
  }

  /** Throws InvalidVolume, and what the source throws. */
  async next(): Promise<IteratorResult<readonly number[], undefined>> {
    this.state.increment({ numIterations: 1 });
    if (!this.#enough() && this.#chunks.hasMore) await this.#read();
    return this.#cache.length > 0 ? { done: false, value: this.#take() } : { done: true, value: undefined };
  }

  /** A single organization counts against maxProjects, the running sum does not. */
  #enough(): boolean {
    return this.#cache.length >= this.#maxOrgs || this.#cache.some(({ projects }) => projects >= this.#maxProjects);
  }

  async #read(): Promise<void> {
    const { rows } = await this.#chunks.next();
    for (const { orgId, projects } of rows) checkedCount(`the projects of organization ${orgId}`, projects);
    this.state.increment({ numDbCalls: 1, numRowsTotal: rows.length });
    this.#cache = [...this.#cache, ...rows];
  }

  #take(): number[] {
    let sum = 0;
    let count = 0;
    for (const { projects } of this.#cache) {
      count += 1;
      sum += projects;
      if (count >= this.#maxOrgs || sum >= this.#maxProjects) break;
    }
    const taken = this.#cache.slice(0, count);
    this.#cache = this.#cache.slice(count);
    this.state.increment({ numOrgs: count, numProjects: sum });
    return taken.map(({ orgId }) => orgId);
  }
}

export interface OrganizationVolume {
  readonly orgId: number;
  readonly total: number;
  /** The part of it that was kept; null when not requested. */
  readonly indexed: number | null;
}

export interface OrgVolumesOptions {
  /** Default 100. */
  readonly maxOrgs?: number;
  /** Seconds. Default 300. */
  readonly interval?: number;
  /** Seconds. Default 60. */
  readonly granularity?: number;
  /** Default true. */
  readonly includeKeep?: boolean;
  /** Default null: all. */
  readonly orgs?: readonly number[] | null;
}

/** Batches of the volumes of organizations, ascending by id (dynamic-sampling.md 12). One query a step at most. */
export class GetActiveOrgsVolumes extends CountingIterator<readonly OrganizationVolume[]> {
  static readonly timerName = "GetActiveOrgsVolumes";
  readonly #chunks: Chunks<OrgVolumeRow>;
  readonly #maxOrgs: number;
  readonly #includeKeep: boolean;
  #cache: readonly OrgVolumeRow[] = [];

  constructor(source: VolumeSource, options: OrgVolumesOptions = {}) {
    super();
    const { interval = ORG_VOLUMES_INTERVAL, granularity = MINUTE, orgs = null } = options;
    this.#chunks = new Chunks((page) => source.orgVolumes({ interval, granularity, orgs, ...page }));
    this.#maxOrgs = options.maxOrgs ?? MAX_ORGS_PER_QUERY;
    this.#includeKeep = options.includeKeep ?? true;
  }

  /** Throws InvalidVolume, and what the source throws. */
  async next(): Promise<IteratorResult<readonly OrganizationVolume[], undefined>> {
    this.state.increment({ numIterations: 1 });
    if (this.#cache.length < this.#maxOrgs && this.#chunks.hasMore) await this.#read();
    if (this.#cache.length === 0) return { done: true, value: undefined };
    const taken = this.#cache.slice(0, this.#maxOrgs);
    this.#cache = this.#cache.slice(this.#maxOrgs);
    this.state.increment({ numOrgs: taken.length });
    const volume = ({ orgId, total, keep }: OrgVolumeRow) => ({
      orgId,
      total,
      indexed: this.#includeKeep ? keep : null,
    });
    return { done: false, value: taken.map(volume) };
  }

  async #read(): Promise<void> {
    const { rows } = await this.#chunks.next();
    for (const { orgId, total, keep } of rows) {
      checkedCount(`the total of organization ${orgId}`, total);
      checkedCount(`the kept volume of organization ${orgId}`, keep);
    }
    this.state.increment({ numDbCalls: 1, numRowsTotal: rows.length });
    this.#cache = [...this.#cache, ...rows];
  }
}

/** The volume of one organization in the last `interval` seconds (default 300); null when it had none. */
export async function organizationVolume(
  source: VolumeSource,
  orgId: number,
  options: Pick<OrgVolumesOptions, "interval" | "granularity" | "includeKeep"> = {},
): Promise<OrganizationVolume | null> {
  const { value } = await new GetActiveOrgsVolumes(source, { ...options, orgs: [orgId], maxOrgs: 1 }).next();
  return value?.[0] ?? null;
}
