import { describe, expect, test } from "vitest";
import {
  type ActiveOrgRow,
  CHUNK_SIZE,
  FetchProjectTransactionTotals,
  FetchProjectTransactionVolumes,
  fetchProjectCounts,
  GetActiveOrgs,
  GetActiveOrgsVolumes,
  InvalidVolume,
  MemoryVolumeSource,
  type Organizations,
  type OrgVolumeRow,
  organizationVolume,
  type ProjectCountRow,
  TaskContext,
  TimedIterator,
  type TransactionTotalsRow,
  type TransactionVolumeRow,
  type VolumeQuery,
  type VolumeSource,
} from "#runtime/sampling/index.js";
import { ManualClock } from "./instruments.js";

interface Prepared {
  readonly activeOrgs?: readonly ActiveOrgRow[];
  readonly orgVolumes?: readonly OrgVolumeRow[];
  readonly projectCounts?: readonly ProjectCountRow[];
  readonly transactionTotals?: readonly TransactionTotalsRow[];
  readonly transactionVolumes?: readonly TransactionVolumeRow[];
}

/** A source that gives pages of prepared rows and remembers what it was asked. */
class Rows implements VolumeSource {
  readonly asked: object[] = [];
  readonly #rows: Prepared;

  constructor(rows: Prepared) {
    this.#rows = rows;
  }

  activeOrgs = (query: VolumeQuery) => this.#page("activeOrgs", query, this.#rows.activeOrgs);
  orgVolumes = (query: VolumeQuery) => this.#page("orgVolumes", query, this.#rows.orgVolumes);
  projectCounts = (query: VolumeQuery) => this.#page("projectCounts", query, this.#rows.projectCounts);
  transactionTotals = (query: VolumeQuery) => this.#page("transactionTotals", query, this.#rows.transactionTotals);
  transactionVolumes = (query: VolumeQuery) => this.#page("transactionVolumes", query, this.#rows.transactionVolumes);

  #page<Row>(name: string, query: VolumeQuery, rows: readonly Row[] = []): readonly Row[] {
    this.asked.push({ name, ...query });
    return rows.slice(query.offset, query.offset + query.limit);
  }
}

async function all<T>(iterator: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const each of iterator) found.push(each);
  return found;
}

const orgs = (...projects: number[]): ActiveOrgRow[] =>
  projects.map((count, at) => ({ orgId: at + 1, projects: count }));
const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));

describe("section 12: GetActiveOrgs", () => {
  test("gives batches of at most maxOrgs ids, ascending", async () =>
    expect(await all(new GetActiveOrgs(new Rows({ activeOrgs: orgs(1, 1, 1, 1, 1) }), { maxOrgs: 2 }))).toEqual([
      [1, 2],
      [3, 4],
      [5],
    ]));

  test("takes 100 by default", async () => {
    const source = new Rows({ activeOrgs: orgs(...many(101, () => 1)) });
    expect((await all(new GetActiveOrgs(source))).map((batch) => batch.length)).toEqual([100, 1]);
  });

  test("ends a batch at the organization that brings the projects to maxProjects, which belongs to it", async () =>
    expect(await all(new GetActiveOrgs(new Rows({ activeOrgs: orgs(3, 3, 3, 10, 1) }), { maxProjects: 6 }))).toEqual([
      [1, 2],
      [3, 4],
      [5],
    ]));

  test("gives everything when no limit is met", async () =>
    expect(await all(new GetActiveOrgs(new Rows({ activeOrgs: orgs(1, 2) }), { maxProjects: 100 }))).toEqual([[1, 2]]));

  test("asks for the last hour in buckets of an hour, one row more than a chunk", async () => {
    const source = new Rows({ activeOrgs: orgs(1) });
    await all(new GetActiveOrgs(source));
    expect(source.asked).toEqual([
      { name: "activeOrgs", interval: 3600, granularity: 3600, offset: 0, limit: CHUNK_SIZE + 1 },
    ]);
  });

  test("counts steps (the last failing one too), queries, rows, organizations and projects", async () => {
    const iterator = new GetActiveOrgs(new Rows({ activeOrgs: orgs(2, 3, 4) }), { maxOrgs: 2 });
    await all(iterator);
    expect(iterator.getCurrentState().toDict()).toEqual({
      numRowsTotal: 3,
      numDbCalls: 1,
      numIterations: 3,
      numProjects: 9,
      numOrgs: 3,
      executionTime: 0,
    });
  });

  test("drops the extra row of a chunk, and continues behind the chunk", async () => {
    const source = new Rows({ activeOrgs: orgs(...many(CHUNK_SIZE + 2, () => 1)) });
    const iterator = new GetActiveOrgs(source, { maxOrgs: CHUNK_SIZE + 1 });
    const batches = await all(iterator);
    // One query a step: the first batch is a whole chunk, short of its limit.
    expect(batches.map((batch) => batch.length)).toEqual([CHUNK_SIZE, 2]);
    expect(batches.flat()).toEqual(many(CHUNK_SIZE + 2, (at) => at + 1));
    expect(source.asked).toMatchObject([{ offset: 0 }, { offset: CHUNK_SIZE }]);
    expect(iterator.getCurrentState()).toMatchObject({ numDbCalls: 2, numRowsTotal: CHUNK_SIZE + 2, numIterations: 3 });
  });

  test("exactly a chunk of rows needs no second query", async () => {
    const source = new Rows({ activeOrgs: orgs(...many(CHUNK_SIZE, () => 1)) });
    await all(new GetActiveOrgs(source));
    expect(source.asked).toHaveLength(1);
  });

  test("a single large organization in the cache is enough, the running sum is not", async () => {
    const rows = orgs(...many(CHUNK_SIZE + 1, () => 1));
    const large = new Rows({ activeOrgs: rows.with(CHUNK_SIZE - 1, { orgId: CHUNK_SIZE, projects: 50 }) });
    const iterator = new GetActiveOrgs(large, { maxOrgs: 4 * CHUNK_SIZE, maxProjects: 50 });
    await iterator.next();
    await iterator.next();
    expect(large.asked).toHaveLength(1);
    const small = new Rows({ activeOrgs: rows });
    const summing = new GetActiveOrgs(small, { maxOrgs: 4 * CHUNK_SIZE, maxProjects: 50 });
    await summing.next();
    await summing.next();
    expect(small.asked).toHaveLength(2);
  });

  test("ends at once without organizations", async () =>
    expect(await all(new GetActiveOrgs(new Rows({})))).toEqual([]));

  test("its name under a timed iterator is GetActiveOrgs", async () => {
    const context = new TaskContext("task", 5);
    await all(new TimedIterator(context, new GetActiveOrgs(new Rows({ activeOrgs: orgs(1) }))));
    expect(Object.keys(context.toDict().taskData)).toEqual(["GetActiveOrgs"]);
  });
});

describe("section 12: GetActiveOrgsVolumes", () => {
  const volumes: OrgVolumeRow[] = [1, 2, 3].map((orgId) => ({ orgId, total: 10 * orgId, keep: orgId }));

  test("gives total and kept volume, at most maxOrgs a batch", async () =>
    expect(await all(new GetActiveOrgsVolumes(new Rows({ orgVolumes: volumes }), { maxOrgs: 2 }))).toEqual([
      [
        { orgId: 1, total: 10, indexed: 1 },
        { orgId: 2, total: 20, indexed: 2 },
      ],
      [{ orgId: 3, total: 30, indexed: 3 }],
    ]));

  test("gives null for the kept volume when that is not wanted", async () => {
    const [batch] = await all(new GetActiveOrgsVolumes(new Rows({ orgVolumes: volumes }), { includeKeep: false }));
    expect(batch?.map(({ indexed }) => indexed)).toEqual([null, null, null]);
  });

  test("asks for five minutes in buckets of a minute, for all organizations", async () => {
    const source = new Rows({ orgVolumes: volumes });
    await all(new GetActiveOrgsVolumes(source));
    expect(source.asked).toEqual([
      { name: "orgVolumes", interval: 300, granularity: 60, orgs: null, offset: 0, limit: CHUNK_SIZE + 1 },
    ]);
  });

  test("counts organizations and no projects", async () => {
    const iterator = new GetActiveOrgsVolumes(new Rows({ orgVolumes: volumes }), { maxOrgs: 2 });
    await all(iterator);
    expect(iterator.getCurrentState()).toMatchObject({ numOrgs: 3, numProjects: 0, numIterations: 3, numRowsTotal: 3 });
  });

  test("the volume of one organization is the only row, or null", async () => {
    const source = new Rows({ orgVolumes: volumes.slice(1, 2) });
    expect(await organizationVolume(source, 2)).toEqual({ orgId: 2, total: 20, indexed: 2 });
    expect(source.asked[0]).toMatchObject({ orgs: [2] });
    expect(await organizationVolume(new Rows({}), 2)).toBeNull();
  });

  test("its timer is named GetActiveOrgsVolumes", () =>
    expect(GetActiveOrgsVolumes.timerName).toBe("GetActiveOrgsVolumes"));
});

describe("section 12: FetchProjectTransactionTotals", () => {
  const rows: TransactionTotalsRow[] = [
    { orgId: 1, projectId: 1, total: 10, classes: 2 },
    { orgId: 1, projectId: 2, total: 20, classes: 3 },
    { orgId: 2, projectId: 1, total: 30, classes: 4 },
  ];

  test("gives one project at a time; counts steps, projects, and organizations where they change", async () => {
    const iterator = new FetchProjectTransactionTotals(new Rows({ transactionTotals: rows }), [1, 2]);
    expect(await all(iterator)).toEqual([
      { orgId: 1, projectId: 1, totalNumTransactions: 10, totalNumClasses: 2 },
      { orgId: 1, projectId: 2, totalNumTransactions: 20, totalNumClasses: 3 },
      { orgId: 2, projectId: 1, totalNumTransactions: 30, totalNumClasses: 4 },
    ]);
    expect(iterator.getCurrentState().toDict()).toEqual({
      numRowsTotal: 3,
      numDbCalls: 1,
      numIterations: 4,
      numProjects: 3,
      numOrgs: 2,
      executionTime: 0,
    });
  });

  test("counts the extra row of a chunk as well", async () => {
    const source = new Rows({
      transactionTotals: many(CHUNK_SIZE + 1, (projectId) => ({ orgId: 1, projectId, total: 1, classes: 1 })),
    });
    const iterator = new FetchProjectTransactionTotals(source, [1]);
    expect(await all(iterator)).toHaveLength(CHUNK_SIZE + 1);
    expect(iterator.getCurrentState()).toMatchObject({ numDbCalls: 2, numRowsTotal: CHUNK_SIZE + 2 });
  });
});

describe("section 12: FetchProjectTransactionVolumes", () => {
  const row = (orgId: number, projectId: number, name: string, count: number): TransactionVolumeRow => ({
    orgId,
    projectId,
    name,
    count,
  });
  const rest = { totalNumTransactions: null, totalNumClasses: null };

  test("groups consecutive rows of one project; a chunk's last group is not counted", async () => {
    const source = new Rows({
      transactionVolumes: [row(1, 1, "a", 3), row(1, 1, "b", 2), row(1, 2, "a", 1), row(2, 2, "a", 9)],
    });
    const iterator = new FetchProjectTransactionVolumes(source, { orgs: [1, 2], large: true, max: 5 });
    expect(await all(iterator)).toEqual([
      {
        orgId: 1,
        projectId: 1,
        transactionCounts: [
          ["a", 3],
          ["b", 2],
        ],
        ...rest,
      },
      { orgId: 1, projectId: 2, transactionCounts: [["a", 1]], ...rest },
      { orgId: 2, projectId: 2, transactionCounts: [["a", 9]], ...rest },
    ]);
    expect(iterator.getCurrentState()).toMatchObject({ numIterations: 4, numProjects: 2, numOrgs: 1, numRowsTotal: 4 });
    expect(source.asked[0]).toMatchObject({ orgs: [1, 2], large: true, max: 5, interval: 3600 });
  });

  test("a project that a chunk's border cuts comes twice", async () => {
    const source = new Rows({ transactionVolumes: many(CHUNK_SIZE + 1, (at) => row(1, 1, `t${at}`, 1)) });
    const groups = await all(new FetchProjectTransactionVolumes(source, { orgs: [1], large: true, max: 99_999 }));
    expect(groups.map(({ transactionCounts }) => transactionCounts.length)).toEqual([CHUNK_SIZE, 1]);
  });

  test("max 0: nothing, without a query", async () => {
    const source = new Rows({ transactionVolumes: [row(1, 1, "a", 3)] });
    expect(await all(new FetchProjectTransactionVolumes(source, { orgs: [1], large: false, max: 0 }))).toEqual([]);
    expect(source.asked).toEqual([]);
  });
});

describe("section 12: project counts", () => {
  const NAME = "fetch_projects_with_total_root_transaction_count_and_rates";
  const facts = (...active: number[]): Organizations => ({
    organizations: () => new Map(),
    projects: (ids) => new Map(ids.map((id) => [id, active])),
    projectTargets: () => new Map(),
  });
  const counts = (...rows: (readonly [number, number, number, number])[]) =>
    rows.map(([orgId, projectId, total, keep]) => ({ orgId, projectId, total, keep }));

  test("gives total, kept and dropped volume of the active projects by organization", async () => {
    const source = new Rows({ projectCounts: counts([1, 1, 10, 4], [1, 2, 5, 5], [2, 3, 7, 0]) });
    const context = new TaskContext("task", 5, new Map(), { monotonic: new ManualClock().read });
    const found = await fetchProjectCounts(context, source, facts(1, 3), { orgs: [1, 2], measure: "spans" });
    expect(found).toEqual(
      new Map([
        [1, [{ projectId: 1, total: 10, keep: 4, drop: 6 }]],
        [2, [{ projectId: 3, total: 7, keep: 0, drop: 7 }]],
      ]),
    );
    expect(context.toDict().taskData[NAME]).toEqual({
      numRowsTotal: 2,
      numDbCalls: 1,
      numIterations: 1,
      numProjects: 2,
      numOrgs: 2,
      executionTime: 0,
    });
    expect(source.asked[0]).toMatchObject({ measure: "spans", interval: 3600, granularity: 3600, orgs: [1, 2] });
  });

  test("counts each chunk", async () => {
    const source = new Rows({
      projectCounts: many(CHUNK_SIZE + 1, (at) => ({ orgId: 1, projectId: at, total: 1, keep: 0 })),
    });
    const context = new TaskContext("task", 60);
    const active = many(CHUNK_SIZE + 1, (at) => at);
    await fetchProjectCounts(context, source, facts(...active), { orgs: [1], measure: "transactions" });
    expect(context.getFunctionState(NAME)).toMatchObject({
      numDbCalls: 2,
      numRowsTotal: CHUNK_SIZE + 1,
      numProjects: CHUNK_SIZE + 1,
      numOrgs: 1,
      numIterations: 1,
    });
  });

  test.each([
    [86_400, 3600],
    [86_401, 86_400],
  ])("an interval of %i s is asked in buckets of %i s", async (interval, granularity) => {
    const source = new Rows({});
    await fetchProjectCounts(new TaskContext("task", 5), source, facts(), { orgs: [1], measure: "spans", interval });
    expect(source.asked[0]).toMatchObject({ interval, granularity });
  });
});

test.each([Number.NaN, -1, 2.5, Number.POSITIVE_INFINITY])(
  "reading %d transactions a project is refused by name, not taken for none",
  (max) =>
    expect(() => new FetchProjectTransactionVolumes(new MemoryVolumeSource(), { orgs: [1], large: true, max })).toThrow(
      `expected the most transactions of a project to be a whole number of at least 0, got ${max}`,
    ),
);

describe("bad input: counts that no volume can be are refused where they come in", () => {
  const bad = [Number.NaN, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

  test.each(bad)("%d from a source, in every iterator, with its place in the message", async (count) => {
    const context = new TaskContext("task", 5);
    const at = { orgId: 1, projectId: 2 };
    const facts: Organizations = {
      organizations: () => new Map(),
      projects: () => new Map([[1, [2]]]),
      projectTargets: () => new Map(),
    };
    const runs = [
      () => all(new GetActiveOrgs(new Rows({ activeOrgs: [{ ...at, projects: count }] }))),
      () => all(new GetActiveOrgsVolumes(new Rows({ orgVolumes: [{ ...at, total: count, keep: 0 }] }))),
      () => all(new GetActiveOrgsVolumes(new Rows({ orgVolumes: [{ ...at, total: 0, keep: count }] }))),
      () =>
        all(
          new FetchProjectTransactionTotals(
            new Rows({ transactionTotals: [{ ...at, total: count, classes: 1 }] }),
            [1],
          ),
        ),
      () =>
        all(
          new FetchProjectTransactionTotals(
            new Rows({ transactionTotals: [{ ...at, total: 1, classes: count }] }),
            [1],
          ),
        ),
      () =>
        all(
          new FetchProjectTransactionVolumes(new Rows({ transactionVolumes: [{ ...at, name: "t", count }] }), {
            orgs: [1],
            large: true,
            max: 1,
          }),
        ),
      () =>
        fetchProjectCounts(context, new Rows({ projectCounts: [{ ...at, total: count, keep: 0 }] }), facts, {
          orgs: [1],
          measure: "spans",
        }),
    ];
    for (const run of runs) {
      const failed = run();
      await expect(failed).rejects.toThrow(InvalidVolume);
      await expect(failed).rejects.toThrow(`organization 1 to be a finite number of at least 0, got ${count}`);
    }
  });

  test.each(bad)("%d recorded in memory: nothing of the list is taken", (count) => {
    const source = new MemoryVolumeSource(() => 0);
    const record = { measure: "transactions", orgId: 1, projectId: 2, name: "t", at: -1, total: 1, keep: 0 } as const;
    expect(() => source.record([record, { ...record, total: count }])).toThrow(InvalidVolume);
    expect(source.activeOrgs({ interval: 3600, granularity: 3600, offset: 0, limit: 9 })).toEqual([]);
  });
});
