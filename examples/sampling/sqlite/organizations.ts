import type { Database } from "better-sqlite3";
import type { Organization, Organizations } from "taskwire/sampling";

const TABLES = `
  CREATE TABLE IF NOT EXISTS organizations (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, custom INTEGER NOT NULL, spans INTEGER NOT NULL, mode TEXT NOT NULL,
    target REAL CHECK (target BETWEEN 0 AND 1)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS projects (
    id INTEGER PRIMARY KEY, org_id INTEGER NOT NULL, name TEXT NOT NULL, target REAL CHECK (target BETWEEN 0 AND 1)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS projects_of_org ON projects (org_id);
`;

interface NamedProject {
  readonly id: number;
  readonly name: string;
  /** 0..1; default: it set none. */
  readonly targetSampleRate?: number;
}

/** An organization of the example. All of them have dynamic sampling. */
export interface NamedOrganization {
  readonly id: number;
  readonly name: string;
  readonly projects: readonly NamedProject[];
  /** Default: what an organization has that set nothing. */
  readonly settings?: Partial<Omit<Organization, "id" | "dynamicSampling">>;
}

interface OrganizationRow {
  readonly id: number;
  readonly custom: number;
  readonly spans: number;
  readonly mode: string;
  readonly target: number | null;
}

/** Facts about organizations in SQLite. */
export class SqliteOrganizations implements Organizations {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    database.exec(TABLES);
  }

  /** Adds organizations with their projects, all or none; one with a known id is replaced. */
  add(organizations: readonly NamedOrganization[]): void {
    const organization = this.#database.prepare<[number, string, number, number, string, number | null]>(
      "INSERT OR REPLACE INTO organizations VALUES (?, ?, ?, ?, ?, ?)",
    );
    const project = this.#database.prepare<[number, number, string, number | null]>(
      "INSERT OR REPLACE INTO projects VALUES (?, ?, ?, ?)",
    );
    const write = this.#database.transaction(() => {
      for (const { id, name, projects, settings = {} } of organizations) {
        const { customDynamicSampling = false, spans = false, samplingMode = "organization" } = settings;
        const target = settings.targetSampleRate ?? null;
        organization.run(id, name, Number(customDynamicSampling), Number(spans), samplingMode, target);
        for (const each of projects) project.run(each.id, id, each.name, each.targetSampleRate ?? null);
      }
    });
    write.immediate();
  }

  organizations(ids: readonly number[]): ReadonlyMap<number, Organization> {
    const rows = this.#database
      .prepare<[string], OrganizationRow>(
        "SELECT id, custom, spans, mode, target FROM organizations WHERE id IN (SELECT value FROM json_each(?))",
      )
      .all(JSON.stringify(ids));
    return new Map(rows.map((row) => [row.id, organizationOf(row)]));
  }

  projects(orgIds: readonly number[]): ReadonlyMap<number, readonly number[]> {
    const rows = this.#database
      .prepare<[string], { readonly id: number; readonly orgId: number }>(
        "SELECT id, org_id AS orgId FROM projects WHERE org_id IN (SELECT value FROM json_each(?)) ORDER BY org_id, id",
      )
      .all(JSON.stringify(orgIds));
    const found = new Map<number, number[]>();
    for (const { id, orgId } of rows) {
      const ids = found.get(orgId) ?? [];
      ids.push(id);
      found.set(orgId, ids);
    }
    return found;
  }

  projectTargets(projectIds: readonly number[]): ReadonlyMap<number, number> {
    const rows = this.#database
      .prepare<[string], { readonly id: number; readonly target: number }>(
        "SELECT id, target FROM projects WHERE target IS NOT NULL AND id IN (SELECT value FROM json_each(?))",
      )
      .all(JSON.stringify(projectIds));
    return new Map(rows.map(({ id, target }) => [id, target]));
  }
}

function organizationOf({ id, custom, spans, mode, target }: OrganizationRow): Organization {
  return {
    id,
    dynamicSampling: true,
    customDynamicSampling: custom === 1,
    spans: spans === 1,
    samplingMode: mode === "project" ? "project" : "organization",
    targetSampleRate: target,
  };
}
