import { crc32 } from "node:zlib";
import type Database from "better-sqlite3";
import type { Connection } from "../../../base/sqlite/open.js";
import { areStrings, DamageError } from "./damage.js";

/**
 * - uuid: identity of the journal, to which the embedded log gives its topics.
 * - boot: number of the last start.
 * - commits: number of the last commit.
 * - lineage: JSON of Lineage, the starts that led here.
 * - holdings: JSON of StoredOwnership[], the partitions of shared logs.
 * - copied: JSON of Copied, when this file was once an older copy of itself.
 * - ahead: JSON of AheadId[], the ids that are cancelled when they are read.
 * - controls: JSON of the pauses and kill rules that people set.
 * - quarantine: JSON of Quarantine, while the consequences of a rebuild last.
 */
export type MetaKey =
  | "uuid"
  | "boot"
  | "commits"
  | "lineage"
  | "holdings"
  | "copied"
  | "ahead"
  | "controls"
  | "quarantine";

/** The few single values of the in-flight file. */
export class Meta {
  readonly #get: Database.Statement<unknown[], { value: string; crc: number }>;
  readonly #set: Database.Statement;
  readonly #delete: Database.Statement;

  constructor(db: Connection) {
    this.#get = db.prepare("SELECT value, crc FROM meta WHERE key = ?");
    this.#set = db.prepare("INSERT OR REPLACE INTO meta VALUES (?, ?, ?)");
    this.#delete = db.prepare("DELETE FROM meta WHERE key = ?");
  }

  /** Throws DamageError when the checksum does not hold. */
  get(key: MetaKey): string | undefined {
    const row = this.#get.get(key);
    if (row !== undefined && (!areStrings(row.value) || row.crc !== crc32(`${key}\0${row.value}`))) {
      throw new DamageError(`its value of "${key}" fails the checksum`);
    }
    return row?.value;
  }

  number(key: "boot" | "commits"): number {
    return Number(this.get(key) ?? 0);
  }

  set(key: string, value: string): void {
    this.#set.run(key, value, crc32(`${key}\0${value}`));
  }

  delete(key: MetaKey): void {
    this.#delete.run(key);
  }
}
