import { IdentityMismatch } from "../errors.js";
import type { PlainIterator } from "../timing/timed-iterator.js";
import {
  compareIdentities,
  type ProjectIdentity,
  type ProjectTransactions,
  type ProjectTransactionTotals,
} from "./transactions.js";

/**
 * One project's transactions from both ends, with its totals (dynamic-sampling.md 13). The names are left's, then right's
 * that left does not have. Throws IdentityMismatch when the parts are not of one project.
 */
export function mergeTransactions(
  left: ProjectTransactions,
  right: ProjectTransactions | null,
  totals: ProjectTransactionTotals | null,
): ProjectTransactions {
  if (right !== null) requireSame(left, "right transactions", right);
  if (totals !== null) requireSame(left, "totals", totals);
  const known = new Set(left.transactionCounts.map(([name]) => name));
  const added = right?.transactionCounts.filter(([name]) => !known.has(name)) ?? [];
  return {
    orgId: left.orgId,
    projectId: left.projectId,
    transactionCounts: [...left.transactionCounts, ...added],
    totalNumTransactions: totals?.totalNumTransactions ?? null,
    totalNumClasses: totals?.totalNumClasses ?? null,
  };
}

function requireSame(left: ProjectIdentity, what: string, found: ProjectIdentity): void {
  if (compareIdentities(left, found) !== 0) throw new IdentityMismatch(nameOf(left), what, nameOf(found));
}

function nameOf({ orgId, projectId }: ProjectIdentity): string {
  return `project ${projectId} of organization ${orgId}`;
}

/**
 * Gives a function that finds the totals of a project, asked in ascending order: it goes forward through `totals` and
 * never back. Null when they have none for it; the element behind it is kept for a later question.
 */
export function nextTotals(
  totals: PlainIterator<ProjectTransactionTotals>,
): (identity: ProjectIdentity) => Promise<ProjectTransactionTotals | null> {
  const ahead = peekable(totals);
  return async (identity) => {
    for (;;) {
      const next = await ahead.peek();
      if (next === null) return null;
      const order = compareIdentities(next, identity);
      if (order > 0) return null;
      ahead.drop();
      if (order === 0) return next;
    }
  };
}

/** Joins two ascending streams of transactions, each result with its totals; totals without transactions are left out. */
export async function* zipTransactions(
  totals: PlainIterator<ProjectTransactionTotals>,
  left: PlainIterator<ProjectTransactions>,
  right: PlainIterator<ProjectTransactions>,
): AsyncGenerator<ProjectTransactions> {
  const totalsOf = nextTotals(totals);
  const lefts = peekable(left);
  const rights = peekable(right);
  for (;;) {
    const [a, b] = [await lefts.peek(), await rights.peek()];
    if (a === null && b === null) return;
    const order = a === null ? 1 : b === null ? -1 : compareIdentities(a, b);
    const [first, second] = order > 0 ? [b, null] : order < 0 ? [a, null] : [a, b];
    if (order <= 0) lefts.drop();
    if (order >= 0) rights.drop();
    if (first !== null) yield mergeTransactions(first, second, await totalsOf(first));
  }
}

interface Peekable<T> {
  /** The next element, null at the end. */
  peek(): Promise<T | null>;
  drop(): void;
}

function peekable<T>(iterator: PlainIterator<T>): Peekable<T> {
  let held: { readonly value: T } | "unread" | "ended" = "unread";
  return {
    async peek() {
      if (held === "unread") {
        const result = await iterator.next();
        held = result.done === true ? "ended" : { value: result.value };
      }
      return held === "ended" ? null : held.value;
    },
    drop() {
      if (held !== "ended") held = "unread";
    },
  };
}
