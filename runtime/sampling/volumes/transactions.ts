import { HOUR } from "../constants.js";
import { InvalidVolume } from "../errors.js";
import { checkedCount } from "../numbers.js";
import type { TransactionTotalsRow, TransactionVolumeRow, VolumeSource } from "../ports/volume-source.js";
import { Chunks, CountingIterator } from "./paging.js";

/** A project within its organization (dynamic-sampling.md 13). */
export interface ProjectIdentity {
  readonly orgId: number;
  readonly projectId: number;
}

/** Volume and number of names of all transactions of a project. */
export interface ProjectTransactionTotals extends ProjectIdentity {
  readonly totalNumTransactions: number;
  readonly totalNumClasses: number;
}

/** Some transactions of a project by name; the totals are null while they are unknown. */
export interface ProjectTransactions extends ProjectIdentity {
  readonly transactionCounts: readonly (readonly [name: string, count: number])[];
  readonly totalNumTransactions: number | null;
  readonly totalNumClasses: number | null;
}

/** Negative when `left` comes first, 0 for the same project: by organization, then by project. */
export function compareIdentities(left: ProjectIdentity, right: ProjectIdentity): number {
  return left.orgId - right.orgId || left.projectId - right.projectId;
}

/** The totals of each project of some organizations in the last hour, ascending, one at a time (dynamic-sampling.md 12). */
export class FetchProjectTransactionTotals extends CountingIterator<ProjectTransactionTotals> {
  static readonly timerName = "FetchProjectTransactionTotals";
  readonly #chunks: Chunks<TransactionTotalsRow>;
  #rows: Iterator<TransactionTotalsRow> = [][Symbol.iterator]();
  #lastOrg: number | undefined;

  constructor(source: VolumeSource, orgs: readonly number[]) {
    super();
    this.#chunks = new Chunks((page) => source.transactionTotals({ orgs, interval: HOUR, granularity: HOUR, ...page }));
  }

  /** Throws InvalidVolume, and what the source throws. */
  async next(): Promise<IteratorResult<ProjectTransactionTotals, undefined>> {
    this.state.increment({ numIterations: 1 });
    let row = this.#rows.next();
    if (row.done === true && this.#chunks.hasMore) {
      const { rows, came } = await this.#chunks.next();
      // The row beyond the chunk counts here, unlike in the other iterators.
      this.state.increment({ numDbCalls: 1, numRowsTotal: came });
      this.#rows = rows[Symbol.iterator]();
      row = this.#rows.next();
    }
    if (row.done === true) return { done: true, value: undefined };
    const { orgId, projectId, total, classes } = row.value;
    checkedCount(`the total of project ${projectId} of organization ${orgId}`, total);
    checkedCount(`the number of transactions of project ${projectId} of organization ${orgId}`, classes);
    this.state.increment({ numProjects: 1, numOrgs: orgId === this.#lastOrg ? 0 : 1 });
    this.#lastOrg = orgId;
    return { done: false, value: { orgId, projectId, totalNumTransactions: total, totalNumClasses: classes } };
  }
}

export interface TransactionVolumesOptions {
  readonly orgs: readonly number[];
  /** The largest of each project, else its smallest. */
  readonly large: boolean;
  /** Maximum number per project; 0: none, without a query. */
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
