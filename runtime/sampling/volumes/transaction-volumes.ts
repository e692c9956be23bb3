import { HOUR } from "../constants.js";
import { InvalidVolume } from "../errors.js";
import { checkedCount } from "../ports/checked-count.js";
import type { TransactionVolumeRow, VolumeSource } from "../ports/volume-source.js";
import { Chunks } from "./chunks.js";
import { CountingIterator } from "./counting.js";
import { compareIdentities, type ProjectTransactions } from "./project-transactions.js";

export interface TransactionVolumesOptions {
  readonly orgs: readonly number[];
  /** The largest of each project, else its smallest. */
  readonly large: boolean;
  /** So many of each project at most; 0: nothing, without a query. */
  readonly max: number;
}

/**
 * The largest or smallest transactions of each project of some organizations in the last hour, ascending by project
 * (dynamic-sampling.md 12). A project that a chunk's border cuts comes twice.
 */
export class FetchProjectTransactionVolumes extends CountingIterator<ProjectTransactions> {
  static readonly timerName = "FetchProjectTransactionVolumes";
  readonly #chunks: Chunks<TransactionVolumeRow>;
  readonly #max: number;
  #groups: Iterator<ProjectTransactions> = [][Symbol.iterator]();

  /** Throws InvalidVolume for a `max` that is no whole number of at least 0. */
  constructor(source: VolumeSource, { orgs, large, max }: TransactionVolumesOptions) {
    super();
    if (!Number.isSafeInteger(max) || max < 0) {
      throw new InvalidVolume("the most transactions of a project", max, "a whole number of at least 0");
    }
    this.#chunks = new Chunks((page) =>
      source.transactionVolumes({ orgs, large, max, interval: HOUR, granularity: HOUR, ...page }),
    );
    this.#max = max;
  }

  /** Throws InvalidVolume, and what the source throws. */
  async next(): Promise<IteratorResult<ProjectTransactions, undefined>> {
    this.state.increment({ numIterations: 1 });
    let group = this.#groups.next();
    if (group.done === true && this.#max > 0 && this.#chunks.hasMore) {
      const { rows, came } = await this.#chunks.next();
      this.state.increment({ numDbCalls: 1, numRowsTotal: came });
      this.#groups = this.#grouped(rows)[Symbol.iterator]();
      group = this.#groups.next();
    }
    return group.done === true ? { done: true, value: undefined } : { done: false, value: group.value };
  }

  /** Counts a project and an organization where the next one begins: those that a chunk ends with are not counted. */
  #grouped(rows: readonly TransactionVolumeRow[]): ProjectTransactions[] {
    const groups: (ProjectTransactions & { readonly transactionCounts: [string, number][] })[] = [];
    for (const { orgId, projectId, name, count } of rows) {
      checkedCount(`the count of ${JSON.stringify(name)} of project ${projectId} of organization ${orgId}`, count);
      const last = groups.at(-1);
      if (last !== undefined && compareIdentities(last, { orgId, projectId }) === 0) {
        last.transactionCounts.push([name, count]);
        continue;
      }
      if (last !== undefined) this.state.increment({ numProjects: 1, numOrgs: last.orgId === orgId ? 0 : 1 });
      groups.push({
        orgId,
        projectId,
        transactionCounts: [[name, count]],
        totalNumTransactions: null,
        totalNumClasses: null,
      });
    }
    return groups;
  }
}
