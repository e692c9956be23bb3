import type { Sqlite } from "../../../base/sqlite/open.js";
import { type FileOptions, type LogFile, openFile } from "../file/database.js";
import { ReaderRows } from "../file/reader-rows.js";
import { Topics } from "../file/topics.js";
import { UniqueKeys } from "../file/unique-keys.js";
import { Transactions } from "./group-commit.js";

/** The open file with the statements on its tables. */
export interface Opened extends LogFile {
  readonly transactions: Transactions;
  readonly topics: Topics;
  readonly uniqueKeys: UniqueKeys;
  readonly readers: ReaderRows;
  /** Another value than last time: another connection has committed. */
  dataVersion(): unknown;
}

export function openLogFile(sqlite: Sqlite, options: FileOptions): Opened {
  const file = openFile(sqlite, options);
  const topics = new Topics(file.connection);
  const dataVersion = file.connection.prepare("PRAGMA data_version").pluck();
  return {
    ...file,
    transactions: new Transactions(file.connection),
    topics,
    uniqueKeys: new UniqueKeys(file.connection),
    readers: new ReaderRows(file.connection, topics, file.logId),
    dataVersion: () => dataVersion.get(),
  };
}
