import Database from "better-sqlite3";
import { UnknownOrganization } from "./errors.js";
import type { ProjectRate, RateStore, StoredRate } from "./rate-store.js";
import type { OrganizationVolumes, ProjectTotal, VolumeSource } from "./volume-source.js";

/** How long a process waits for another one's transaction, in milliseconds. */
const BUSY_TIMEOUT_MS = 10_000;

const TABLES = `
  CREATE TABLE IF NOT EXISTS volumes (
    organization TEXT NOT NULL, project TEXT NOT NULL, total INTEGER NOT NULL CHECK (total >= 0),
    PRIMARY KEY (organization, project)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS rates (
    organization TEXT NOT NULL, project TEXT NOT NULL, rate REAL NOT NULL CHECK (rate BETWEEN 0 AND 1),
    PRIMARY KEY (organization, project)
  ) STRICT, WITHOUT ROWID;
`;

interface VolumeRow extends ProjectTotal {
  readonly organization: string;
}

/** Volumes and rates in one SQLite file that several processes use at once. What a call wrote is on disk when it returns. */
export class SqliteStore implements VolumeSource, RateStore {
  readonly path: string;
  readonly #database: Database.Database;

  /** Opens the file, made when missing. Throws SqliteError when it cannot be opened or is no database. */
  constructor(path: string) {
    this.path = path;
    this.#database = new Database(path, { timeout: BUSY_TIMEOUT_MS });
    try {
      this.#database.pragma("journal_mode = WAL");
      this.#database.pragma("synchronous = FULL");
      this.#database.exec(TABLES);
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /** Replaces all volumes. */
  loadVolumes(organizations: readonly OrganizationVolumes[]): void {
    const insert = this.#database.prepare<[string, string, number]>("INSERT INTO volumes VALUES (?, ?, ?)");
    this.#write(() => {
      this.#database.exec("DELETE FROM volumes");
      for (const { organization, projects } of organizations) {
        for (const { project, total } of projects) insert.run(organization, project, total);
      }
    });
  }

  organizations(): readonly OrganizationVolumes[] {
    const rows = this.#database
      .prepare<[], VolumeRow>("SELECT organization, project, total FROM volumes ORDER BY organization, project")
      .all();
    const found: { organization: string; projects: ProjectTotal[] }[] = [];
    for (const { organization, project, total } of rows) {
      const last = found.at(-1);
      if (last?.organization === organization) last.projects.push({ project, total });
      else found.push({ organization, projects: [{ project, total }] });
    }
    return found;
  }

  organizationNumber(organization: string): number {
    const row = this.#database
      .prepare<[string, string], { readonly place: number; readonly known: number }>(
        "SELECT COUNT(DISTINCT organization) AS place, COUNT(*) FILTER (WHERE organization = ?) AS known FROM volumes WHERE organization <= ?",
      )
      .get(organization, organization);
    if (row === undefined || row.known === 0) throw new UnknownOrganization(organization);
    return row.place;
  }

  storeRates(organization: string, rates: readonly ProjectRate[]): void {
    const store = this.#database.prepare<[string, string, number]>("INSERT OR REPLACE INTO rates VALUES (?, ?, ?)");
    this.#write(() => {
      for (const { project, rate } of rates) store.run(organization, project, rate);
    });
  }

  rates(): readonly StoredRate[] {
    return this.#database
      .prepare<[], StoredRate>("SELECT organization, project, rate FROM rates ORDER BY organization, project")
      .all();
  }

  rateCount(): number {
    return (
      this.#database.prepare<[], { readonly count: number }>("SELECT COUNT(*) AS count FROM rates").get()?.count ?? 0
    );
  }

  close(): void {
    this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** BEGIN IMMEDIATE: the write lock is taken before anything is read, so that two writers wait instead of failing. */
  #write(run: () => void): void {
    this.#database.transaction(run).immediate();
  }
}
