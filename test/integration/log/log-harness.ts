import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Commit } from "#runtime/log/port.js";
import { type SqliteLog, sqliteLog } from "#runtime/log/sqlite/log.js";
import type { SqliteLogOptions } from "#runtime/log/sqlite/options.js";
import { ReaderProbe } from "../../conformance/log-support.js";

const APPENDER = fileURLToPath(new URL("appender.mjs", import.meta.url));
const LOG_MODULE = import.meta.resolve("#runtime/log/sqlite/log.js");

/** A fresh folder with the file of a log, the logs opened on it and the processes that append to it. */
export class LogHarness implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "taskwire-sqlite-"));
  file = join(this.folder, "log.db");
  readonly #logs: SqliteLog[] = [];
  readonly #children: ChildProcess[] = [];

  open(options: Omit<SqliteLogOptions, "file"> = {}): SqliteLog {
    const log = sqliteLog({ file: this.file, ...options });
    this.#logs.push(log);
    return log;
  }

  /** Reads the topic "orders". */
  read(log: SqliteLog, journal = "journal", takeOver = false): ReaderProbe {
    return new ReaderProbe(log.read(["orders"], { group: "group", journal, takeOver }));
  }

  /** A process that appends numbered records to "orders" and tells each acknowledged number. */
  appender(count?: number): ChildProcess {
    const child = fork(APPENDER, [LOG_MODULE, this.file, ...(count === undefined ? [] : [String(count)])]);
    return this.track(child);
  }

  /** A process that the harness ends. */
  track(child: ChildProcess): ChildProcess {
    this.#children.push(child);
    return child;
  }

  /** The file and what belongs to it. */
  async removeFile(): Promise<void> {
    await Promise.all(["", "-wal", "-shm"].map((suffix) => rm(`${this.file}${suffix}`, { force: true })));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await Promise.all(this.#logs.map((log) => log.close()));
    await rm(this.folder, { recursive: true });
  }
}

/** A position of the topic "orders". */
export function commitOf(epoch: number, offset: number, unsettled = offset): Commit {
  return { topic: "orders", partition: 0, epoch, offset, unsettled, journalCommit: "" };
}
