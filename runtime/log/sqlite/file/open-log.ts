import type { Sqlite } from "../../../base/sqlite/open.js";
import type { FileOptions } from "../messages.js";
import { type LogFile, openFile } from "./database.js";
import { ReaderRows } from "./reader-rows.js";
import { Topics } from "./topics.js";
import { Transactions } from "./transactions.js";
import { UniqueKeys } from "./unique-keys.js";

/** An open log file with its tables. */
export interface OpenLog extends LogFile {
  readonly transactions: Transactions;
  readonly topics: Topics;
  readonly uniqueKeys: UniqueKeys;
  readonly readerRows: ReaderRows;
  /** Changes when another connection commits. */
  dataVersion(): unknown;
}

export function openLogFile(sqlite: Sqlite, options: FileOptions): OpenLog {
  const file = openFile(sqlite, options);
  const topics = new Topics(file.connection);
  const dataVersion = file.connection.prepare("PRAGMA data_version").pluck();
  return {
    ...file,
    transactions: new Transactions(file.connection),
    topics,
    uniqueKeys: new UniqueKeys(file.connection),
    readerRows: new ReaderRows(file.connection, topics, file.logId),
    dataVersion: () => dataVersion.get(),
  };
}
