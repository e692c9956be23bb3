import { HOUR, MAX_ORGS_PER_QUERY } from "../constants.js";
import { checkedCount } from "../ports/checked-count.js";
import type { ActiveOrgRow, VolumeSource } from "../ports/volume-source.js";
import { Chunks } from "./chunks.js";
import { CountingIterator } from "./counting.js";

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
