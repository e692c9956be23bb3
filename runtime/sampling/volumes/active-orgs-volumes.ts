import { MAX_ORGS_PER_QUERY, MINUTE, ORG_VOLUMES_INTERVAL } from "../constants.js";
import { checkedCount } from "../ports/checked-count.js";
import type { OrgVolumeRow, VolumeSource } from "../ports/volume-source.js";
import { Chunks } from "./chunks.js";
import { CountingIterator } from "./counting.js";

export interface OrganizationVolume {
  readonly orgId: number;
  readonly total: number;
  /** How much of it was kept; null when that was not asked for. */
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
