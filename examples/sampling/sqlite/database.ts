import Database from "better-sqlite3";
import { SqliteOrganizations } from "./organizations.js";
import { SqliteRateStore } from "./rate-store.js";
import { SqliteVolumeSource } from "./volume-source.js";

/** How long a process waits for another one's transaction, in milliseconds. */
const BUSY_TIMEOUT_MS = 10_000;

/** Pages of the file that a process keeps in memory, KiB. */
const CACHE_KIB = 32_768;

interface Clocks {
  /** End of every volume window, milliseconds since the epoch. Default: now. */
  readonly volumesUntil?: () => number;
  /** What the lives of rates are measured by, milliseconds since the epoch. Default: now. */
  readonly now?: () => number;
}

/**
 * Volumes, rates and organizations in one SQLite file that several processes use at once. What a call wrote is on disk
 * when it returns.
 */
export class SamplingDatabase {
  readonly path: string;
  readonly volumes: SqliteVolumeSource;
  readonly rates: SqliteRateStore;
  readonly organizations: SqliteOrganizations;
  readonly #database: Database.Database;

  /** Opens the file, made when missing. Throws SqliteError when it cannot be opened or is no database. */
  constructor(path: string, { volumesUntil = Date.now, now = Date.now }: Clocks = {}) {
    this.path = path;
    this.#database = new Database(path, { timeout: BUSY_TIMEOUT_MS });
    try {
      this.#database.pragma("journal_mode = WAL");
      this.#database.pragma("synchronous = FULL");
      this.#database.pragma(`cache_size = -${CACHE_KIB}`);
      this.volumes = new SqliteVolumeSource(this.#database, volumesUntil);
      this.rates = new SqliteRateStore(this.#database, now);
      this.organizations = new SqliteOrganizations(this.#database);
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
