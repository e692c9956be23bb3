import { HOUR } from "../constants.js";
import { checkedCount } from "../ports/checked-count.js";
import type { TransactionTotalsRow, VolumeSource } from "../ports/volume-source.js";
import { Chunks } from "./chunks.js";
import { CountingIterator } from "./counting.js";
import type { ProjectTransactionTotals } from "./project-transactions.js";

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
