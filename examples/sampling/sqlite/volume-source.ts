import type { Database } from "better-sqlite3";
import {
  type ActiveOrgRow,
  checkRecord,
  GRANULARITIES,
  HOUR,
  type Measure,
  type OrgsVolumeQuery,
  type OrgVolumeRow,
  type ProjectCountRow,
  type TransactionTotalsRow,
  type TransactionVolumeRow,
  type VolumeQuery,
  type VolumeRecord,
  type VolumeSource,
  windowBuckets,
} from "taskwire/sampling";

/**
 * Counts by project are kept in buckets of every granularity, counts by transaction in buckets of an hour (a query in
 * finer ones is answered by the hour). Each key begins with what the queries ask for, so that they read ranges:
 * `counted_orgs` leads through the organizations in order, then a range of buckets is read of each.
 */
const TABLES = `
  CREATE TABLE IF NOT EXISTS counted_orgs (org_id INTEGER PRIMARY KEY) STRICT;
  CREATE TABLE IF NOT EXISTS project_counts (
    measure INTEGER NOT NULL, granularity INTEGER NOT NULL, org_id INTEGER NOT NULL, bucket INTEGER NOT NULL,
    project_id INTEGER NOT NULL, total INTEGER NOT NULL CHECK (total >= 0), keep INTEGER NOT NULL CHECK (keep >= 0),
    PRIMARY KEY (measure, granularity, org_id, bucket, project_id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS transaction_counts (
    org_id INTEGER NOT NULL, bucket INTEGER NOT NULL, project_id INTEGER NOT NULL, name TEXT NOT NULL,
    total INTEGER NOT NULL CHECK (total >= 0),
    PRIMARY KEY (org_id, bucket, project_id, name)
  ) STRICT, WITHOUT ROWID;
`;

const COUNTS = `
  FROM counted_orgs AS o CROSS JOIN project_counts AS c
  ON c.measure = @measure AND c.granularity = @granularity AND c.org_id = o.org_id AND c.bucket BETWEEN @first AND @last
  WHERE @orgs IS NULL OR o.org_id IN (SELECT value FROM json_each(@orgs))`;

const TRANSACTIONS = `
  FROM counted_orgs AS o CROSS JOIN transaction_counts AS c
  ON c.org_id = o.org_id AND c.bucket BETWEEN @first AND @last
  WHERE o.org_id IN (SELECT value FROM json_each(@orgs))`;

const PAGE = "LIMIT @limit OFFSET @offset";

const MEASURES: Readonly<Record<Measure, number>> = { transactions: 0, spans: 1 };

interface Bound {
  readonly measure: number;
  readonly granularity: number;
  readonly first: number;
  readonly last: number;
  /** JSON list of ids; null: all. */
  readonly orgs: string | null;
  readonly limit: number;
  readonly offset: number;
}

/** Volumes in SQLite, counted up in buckets. Holds tens of millions of rows: queries read only what their window and organizations cover. */
export class SqliteVolumeSource implements VolumeSource {
  readonly #database: Database;
  readonly #until: () => number;
  /** Ranked transactions by `large`, while their pages are being read: ranking them anew for each page would take as long again. */
  readonly #ranked = new Map<boolean, { readonly key: string; readonly rows: readonly TransactionVolumeRow[] }>();

  constructor(database: Database, until: () => number) {
    this.#database = database;
    this.#until = until;
    database.exec(TABLES);
  }

  /** Adds all records to their buckets, or none. Throws InvalidVolume. */
  record(records: readonly VolumeRecord[]): void {
    for (const each of records) checkRecord(each);
    this.#ranked.clear();
    const seen = this.#database.prepare<[number]>("INSERT OR IGNORE INTO counted_orgs VALUES (?)");
    const project = this.#database.prepare<[number, number, number, number, number, number, number]>(
      `INSERT INTO project_counts VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET total = total + excluded.total, keep = keep + excluded.keep`,
    );
    const transaction = this.#database.prepare<[number, number, number, string, number]>(
      "INSERT INTO transaction_counts VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET total = total + excluded.total",
    );
    const write = this.#database.transaction(() => {
      for (const orgId of new Set(records.map(({ orgId }) => orgId))) seen.run(orgId);
      for (const { key, total, keep } of byProject(records)) project.run(...key, total, keep);
      for (const { measure, orgId, projectId, name, at, total } of records) {
        if (measure === "transactions") transaction.run(orgId, bucketOf(at, HOUR), projectId, name, total);
      }
    });
    write.immediate();
  }

  activeOrgs(query: VolumeQuery): ActiveOrgRow[] {
    return this.#database
      .prepare<[Bound], ActiveOrgRow>(
        `SELECT o.org_id AS orgId, COUNT(DISTINCT c.project_id) AS projects ${COUNTS} GROUP BY o.org_id ORDER BY o.org_id ${PAGE}`,
      )
      .all(this.#bound(query, null));
  }

  orgVolumes(query: VolumeQuery & { readonly orgs: readonly number[] | null }): OrgVolumeRow[] {
    return this.#database
      .prepare<[Bound], OrgVolumeRow>(
        `SELECT o.org_id AS orgId, SUM(c.total) AS total, SUM(c.keep) AS keep ${COUNTS} GROUP BY o.org_id ORDER BY o.org_id ${PAGE}`,
      )
      .all(this.#bound(query, query.orgs));
  }

  projectCounts(query: OrgsVolumeQuery & { readonly measure: Measure }): ProjectCountRow[] {
    return this.#database
      .prepare<[Bound], ProjectCountRow>(
        `SELECT o.org_id AS orgId, c.project_id AS projectId, SUM(c.total) AS total, SUM(c.keep) AS keep ${COUNTS}
         GROUP BY o.org_id, c.project_id ORDER BY o.org_id, c.project_id ${PAGE}`,
      )
      .all(this.#bound(query, query.orgs, query.measure));
  }

  transactionTotals(query: OrgsVolumeQuery): TransactionTotalsRow[] {
    return this.#database
      .prepare<[Bound], TransactionTotalsRow>(
        `SELECT o.org_id AS orgId, c.project_id AS projectId, SUM(c.total) AS total, COUNT(DISTINCT c.name) AS classes
         ${TRANSACTIONS} GROUP BY o.org_id, c.project_id ORDER BY o.org_id, c.project_id ${PAGE}`,
      )
      .all(this.#bound(query, query.orgs));
  }

  transactionVolumes(
    query: OrgsVolumeQuery & { readonly large: boolean; readonly max: number },
  ): TransactionVolumeRow[] {
    const { limit: _limit, offset: _offset, ...bound } = this.#bound(query, query.orgs);
    const { large, max, limit, offset } = query;
    const key = JSON.stringify({ ...bound, large, max });
    const known = this.#ranked.get(large);
    const rows = offset > 0 && known?.key === key ? known.rows : this.#rank(large, { ...bound, max });
    const end = offset + limit;
    if (end < rows.length) this.#ranked.set(large, { key, rows });
    else this.#ranked.delete(large);
    return rows.slice(offset, end);
  }

  #rank(large: boolean, bound: Omit<Bound, "limit" | "offset"> & { readonly max: number }): TransactionVolumeRow[] {
    const order = large ? "DESC" : "ASC";
    return this.#database
      .prepare<[typeof bound], TransactionVolumeRow>(
        `WITH counted AS (
           SELECT o.org_id AS orgId, c.project_id AS projectId, c.name AS name, SUM(c.total) AS count
           ${TRANSACTIONS} GROUP BY o.org_id, c.project_id, c.name
         ), ranked AS (
           SELECT *, ROW_NUMBER() OVER (PARTITION BY orgId, projectId ORDER BY count ${order}, name) AS place FROM counted
         )
         SELECT orgId, projectId, name, count FROM ranked WHERE place <= @max ORDER BY orgId, projectId, place`,
      )
      .all(bound);
  }

  #bound(query: VolumeQuery, orgs: readonly number[] | null, measure: Measure = "transactions"): Bound {
    const { interval, granularity, limit, offset } = query;
    return {
      measure: MEASURES[measure],
      granularity,
      ...windowBuckets(this.#until(), interval, granularity),
      orgs: orgs === null ? null : JSON.stringify(orgs),
      limit,
      offset,
    };
  }
}

type ProjectKey = [measure: number, granularity: number, orgId: number, bucket: number, projectId: number];

/** Added up before they are written: most records of a list share their buckets. */
function byProject(records: readonly VolumeRecord[]) {
  const buckets = new Map<string, { readonly key: ProjectKey; total: number; keep: number }>();
  for (const { measure, orgId, projectId, at, total, keep } of records) {
    for (const granularity of GRANULARITIES) {
      const key: ProjectKey = [MEASURES[measure], granularity, orgId, bucketOf(at, granularity), projectId];
      const bucket = buckets.get(key.join()) ?? { key, total: 0, keep: 0 };
      bucket.total += total;
      bucket.keep += keep;
      buckets.set(key.join(), bucket);
    }
  }
  return buckets.values();
}

function bucketOf(at: number, granularity: number): number {
  return Math.floor(at / 1000 / granularity) * granularity;
}
