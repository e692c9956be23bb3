import { compareCodePoints } from "../models/volume-class.js";
import { checkRecord } from "../numbers.js";
import {
  type ActiveOrgRow,
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
} from "../ports/volume-source.js";

interface Project {
  readonly orgId: number;
  readonly projectId: number;
  readonly records: readonly VolumeRecord[];
}

/** Volumes in memory, for tests: every query goes through all records. */
export class MemoryVolumeSource implements VolumeSource {
  readonly #now: () => number;
  readonly #records: VolumeRecord[] = [];

  /** `now`: milliseconds since the epoch, the end of every window. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Adds all or none. Throws InvalidVolume. */
  record(records: readonly VolumeRecord[]): void {
    for (const each of records) checkRecord(each);
    for (const each of records) this.#records.push(each);
  }

  activeOrgs(query: VolumeQuery): ActiveOrgRow[] {
    const counts = new Map<number, number>();
    for (const { orgId } of this.#projects(query, "transactions")) counts.set(orgId, (counts.get(orgId) ?? 0) + 1);
    return page(
      query,
      [...counts].map(([orgId, projects]) => ({ orgId, projects })),
    );
  }

  orgVolumes({ orgs, ...query }: VolumeQuery & { readonly orgs: readonly number[] | null }): OrgVolumeRow[] {
    const volumes = new Map<number, { orgId: number; total: number; keep: number }>();
    for (const { orgId, records } of this.#projects(query, "transactions", orgs)) {
      const volume = volumes.get(orgId) ?? { orgId, total: 0, keep: 0 };
      volume.total += sum(records, "total");
      volume.keep += sum(records, "keep");
      volumes.set(orgId, volume);
    }
    return page(query, [...volumes.values()]);
  }

  projectCounts({ orgs, measure, ...query }: OrgsVolumeQuery & { readonly measure: Measure }): ProjectCountRow[] {
    return page(
      query,
      this.#projects(query, measure, orgs).map(({ orgId, projectId, records }) => ({
        orgId,
        projectId,
        total: sum(records, "total"),
        keep: sum(records, "keep"),
      })),
    );
  }

  transactionTotals({ orgs, ...query }: OrgsVolumeQuery): TransactionTotalsRow[] {
    return page(
      query,
      this.#projects(query, "transactions", orgs).map(({ orgId, projectId, records }) => ({
        orgId,
        projectId,
        total: sum(records, "total"),
        classes: new Set(records.map(({ name }) => name)).size,
      })),
    );
  }

  transactionVolumes({
    orgs,
    large,
    max,
    ...query
  }: OrgsVolumeQuery & { readonly large: boolean; readonly max: number }): TransactionVolumeRow[] {
    const rows = this.#projects(query, "transactions", orgs).flatMap(({ orgId, projectId, records }) => {
      const counts = new Map<string, number>();
      for (const { name, total } of records) counts.set(name, (counts.get(name) ?? 0) + total);
      const sign = large ? -1 : 1;
      return [...counts]
        .map(([name, count]) => ({ orgId, projectId, name, count }))
        .sort((a, b) => sign * (a.count - b.count) || compareCodePoints(a.name, b.name))
        .slice(0, max);
    });
    return page(query, rows);
  }

  /** The projects with records in the window, ascending. */
  #projects(
    { interval, granularity }: Pick<VolumeQuery, "interval" | "granularity">,
    measure: Measure,
    orgs: readonly number[] | null = null,
  ): Project[] {
    const { first, last } = windowBuckets(this.#now(), interval, granularity);
    const wanted = orgs === null ? null : new Set(orgs);
    const projects = new Map<string, Project & { readonly records: VolumeRecord[] }>();
    for (const each of this.#records) {
      const bucket = Math.floor(each.at / 1000 / granularity) * granularity;
      if (each.measure !== measure || bucket < first || bucket > last) continue;
      if (wanted !== null && !wanted.has(each.orgId)) continue;
      const key = `${each.orgId}:${each.projectId}`;
      const project = projects.get(key) ?? { orgId: each.orgId, projectId: each.projectId, records: [] };
      project.records.push(each);
      projects.set(key, project);
    }
    return [...projects.values()].sort((a, b) => a.orgId - b.orgId || a.projectId - b.projectId);
  }
}

function page<Row>({ offset, limit }: Pick<VolumeQuery, "offset" | "limit">, rows: readonly Row[]): Row[] {
  return rows.slice(offset, offset + limit);
}

function sum(records: readonly VolumeRecord[], which: "total" | "keep"): number {
  return records.reduce((total, each) => total + each[which], 0);
}
