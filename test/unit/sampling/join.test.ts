import { describe, expect, test } from "vitest";
import {
  compareIdentities,
  IdentityMismatch,
  mergeTransactions,
  nextTotals,
  type ProjectTransactions,
  type ProjectTransactionTotals,
  zipTransactions,
} from "#runtime/sampling/index.js";

const part = (orgId: number, projectId: number, counts: Record<string, number>): ProjectTransactions => ({
  orgId,
  projectId,
  transactionCounts: Object.entries(counts),
  totalNumTransactions: null,
  totalNumClasses: null,
});
const totals = (orgId: number, projectId: number, transactions = 0): ProjectTransactionTotals => ({
  orgId,
  projectId,
  totalNumTransactions: transactions,
  totalNumClasses: 1,
});
const each = <T>(...list: T[]): Iterator<T> => list[Symbol.iterator]();

test("section 13: identities are ordered by organization, then by project", () => {
  expect(compareIdentities({ orgId: 1, projectId: 9 }, { orgId: 2, projectId: 1 })).toBeLessThan(0);
  expect(compareIdentities({ orgId: 2, projectId: 2 }, { orgId: 2, projectId: 1 })).toBeGreaterThan(0);
  expect(compareIdentities({ orgId: 2, projectId: 2 }, { orgId: 2, projectId: 2 })).toBe(0);
});

describe("section 13: merge", () => {
  test("has left's names, then right's that left does not have; left's count wins", () =>
    expect(mergeTransactions(part(1, 2, { a: 10, b: 9 }), part(1, 2, { c: 1, b: 2 }), totals(1, 2, 50))).toEqual({
      orgId: 1,
      projectId: 2,
      transactionCounts: [
        ["a", 10],
        ["b", 9],
        ["c", 1],
      ],
      totalNumTransactions: 50,
      totalNumClasses: 1,
    }));

  test("right and totals may be missing: the totals are null then", () =>
    expect(mergeTransactions(part(1, 2, { a: 1 }), null, null)).toEqual(part(1, 2, { a: 1 })));

  test("parts of different projects are an error that names both", () => {
    const mixed = () => mergeTransactions(part(1, 2, {}), part(1, 3, {}), null);
    expect(mixed).toThrow(IdentityMismatch);
    expect(mixed).toThrow("expected the right transactions to be of project 2 of organization 1");
    expect(mixed).toThrow("got project 3 of organization 1");
    expect(() => mergeTransactions(part(1, 2, {}), null, totals(2, 2))).toThrow(IdentityMismatch);
  });
});

describe("section 13: next totals", () => {
  const list = [totals(1, 1), totals(1, 3), totals(2, 1)];
  const ask = async (...identities: (readonly [number, number])[]) => {
    const find = nextTotals(each(...list));
    const found: (string | null)[] = [];
    for (const [orgId, projectId] of identities) {
      const answer = await find({ orgId, projectId });
      found.push(answer === null ? null : `${answer.orgId}/${answer.projectId}`);
    }
    return found;
  };

  test("steps forward until it finds the project", async () =>
    expect(await ask([1, 3], [2, 1])).toEqual(["1/3", "2/1"]));

  test("keeps the element that is behind the question for a later one", async () =>
    expect(await ask([1, 2], [1, 3])).toEqual([null, "1/3"]));

  test("consumes what it finds, and never goes back", async () =>
    expect(await ask([1, 3], [1, 3], [1, 1], [2, 1])).toEqual(["1/3", null, null, "2/1"]));

  test("at the end it is always null", async () => expect(await ask([9, 9], [9, 9])).toEqual([null, null]));
});

describe("section 13: zip", () => {
  const zip = async (all: ProjectTransactionTotals[], left: ProjectTransactions[], right: ProjectTransactions[]) => {
    const found: string[] = [];
    for await (const row of zipTransactions(each(...all), each(...left), each(...right))) {
      const names = row.transactionCounts.map(([name]) => name).join("");
      found.push(`${row.orgId}/${row.projectId} ${names} ${row.totalNumTransactions}`);
    }
    return found;
  };

  test("merges equal projects, and gives the smaller one alone otherwise, each with its totals", async () =>
    expect(
      await zip(
        [totals(1, 1, 11), totals(1, 2, 12), totals(2, 1, 21)],
        [part(1, 1, { a: 1 }), part(1, 2, { b: 1 }), part(3, 1, { c: 1 })],
        [part(1, 2, { x: 1 }), part(2, 1, { y: 1 })],
      ),
    ).toEqual(["1/1 a 11", "1/2 bx 12", "2/1 y 21", "3/1 c null"]));

  test("totals without transactions are left out", async () =>
    expect(await zip([totals(1, 1, 1), totals(1, 2, 2)], [part(1, 2, { a: 1 })], [])).toEqual(["1/2 a 2"]));

  test("one side may be empty, or both", async () => {
    expect(await zip([], [], [part(1, 1, { a: 1 })])).toEqual(["1/1 a null"]);
    expect(await zip([totals(1, 1)], [], [])).toEqual([]);
  });
});
