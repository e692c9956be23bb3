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
