import type { Connection, Statement } from "../../../base/sqlite/open.js";
import { knows, type Lineage, startCommitName } from "../../lineage.js";
import type { Assigned, Commit } from "../../port.js";
import type { TopicTable } from "./topic-table.js";
import type { Topics } from "./topics.js";
import { trimAged, trimSlice } from "./trim.js";

/** A commit trims the topic when at least this many records are settled; fewer wait until the thread is idle. */
const TRIM_WITH_COMMIT = 4096;

interface ReaderRow {
  readonly journal: string;
  readonly epoch: number;
  readonly position: number | null;
  readonly unsettled: number | null;
  /** The journal's commit, by name. */
  readonly journalCommit: string;
  /** Position from which it went back, until that is passed again. */
  readonly takenUntil: number | null;
}

export interface OwnedTopic {
  readonly table: TopicTable;
  readonly epoch: number;
  /** Where reading starts. */
  readonly from: number;
  readonly assigned: Assigned;
}

/** The row that every topic's reader keeps in the file: its position, the journal and the journal's commit. */
export class ReaderRows {
  readonly #topics: Topics;
  readonly #logId: string;
  readonly #find: Statement;
  readonly #own: Statement;
  readonly #commit: Statement;
  readonly #epoch: Statement;
  readonly #wakeupPath: Statement;

  constructor(connection: Connection, topics: Topics, logId: string) {
    this.#topics = topics;
    this.#logId = logId;
    this.#find = connection.prepare(
      "SELECT journal, epoch, position, unsettled, note AS journalCommit, taken_until AS takenUntil FROM readers WHERE topic = ?",
    );
    this.#own = connection.prepare(
      `INSERT OR REPLACE INTO readers (topic, journal, epoch, position, unsettled, note, taken_until, bell)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#commit = connection.prepare(
      `UPDATE readers SET position = ?, unsettled = ?, note = ?,
       taken_until = CASE WHEN taken_until > ? THEN taken_until END WHERE topic = ?`,
    );
    this.#epoch = connection.prepare("SELECT epoch FROM readers WHERE topic = ?").pluck();
    this.#wakeupPath = connection.prepare("SELECT bell FROM readers WHERE topic = ?").pluck();
  }

  /** The first of the topics that another journal reads. */
  foreign(topics: readonly string[], journal: string): string | undefined {
    return topics.find((name) => {
      const table = this.#topics.find(name);
      const row = table === undefined ? undefined : this.#row(table);
      return row !== undefined && row.journal !== journal;
    });
  }

  /** Gives a topic to a reader under a new epoch. `reread`: its journal lost rows. Inside a transaction. */
  assign(
    topic: string,
    { journal, reread, lineage }: { readonly journal: string; readonly reread: boolean; readonly lineage: Lineage },
    wakeupPath: string | undefined,
  ): OwnedTopic {
    const table = this.#topics.ensure(topic);
    const row = this.#row(table);
    const { first, next: end } = table.bounds();
    const epoch = (row?.epoch ?? 0) + 1;
    const foreign = row !== undefined && row.journal !== journal;
    const older = row !== undefined && !foreign && !knows(lineage, row.journalCommit);
    const back = foreign || older || (reread && row !== undefined && row.position !== null);
    // What was not settled is read again; the bound stays known until it is passed. Another journal, or a later life of
    // this one, may have handed out anything that was there: it commits its position to the log from time to time only.
    const position = back ? row.unsettled : (row?.position ?? null);
    const handedOut = foreign || older ? end : (row?.position ?? 0);
    const takenUntil = back ? Math.max(handedOut, row.takenUntil ?? 0) : (row?.takenUntil ?? null);
    // A copy that starts later does not know of this start. That this is a copy has to be known until a position is stored.
    const journalCommit = older ? row.journalCommit : (startCommitName(lineage) ?? row?.journalCommit ?? "");
    this.#own.run(
      table.id,
      journal,
      epoch,
      position,
      row?.unsettled ?? null,
      journalCommit,
      takenUntil,
      wakeupPath ?? null,
    );
    return {
      table,
      epoch,
      from: Math.max(position ?? first, first),
      assigned: {
        kind: "assigned",
        topic,
        partition: 0,
        epoch,
        logId: this.#logId,
        first,
        end,
        committed: takenUntil ?? position ?? undefined,
        takenOver: takenUntil !== null,
        ...(older ? { putBack: { what: "journal", settledBelow: row.unsettled ?? 0 } } : {}),
      },
    };
  }

  /** Stores a position, and trims one slice when enough records are settled. Inside a transaction. */
  commit(table: TopicTable, { offset, unsettled, journalCommit }: Commit, now: number): void {
    const lowest = Math.min(unsettled, offset);
    this.#commit.run(offset, lowest, journalCommit, offset, table.id);
    if (lowest - table.bounds().first >= TRIM_WITH_COMMIT)
      trimSlice(table, { unsettled: lowest, position: offset, now });
  }

  /** Trims one slice; returns whether more may be left. Inside a transaction. */
  trim(topic: string, now: number): boolean {
    const table = this.#topics.find(topic);
    const row = table === undefined ? undefined : this.#row(table);
    if (table === undefined || row === undefined || row.position === null || row.unsettled === null) return false;
    return trimSlice(table, { unsettled: row.unsettled, position: row.position, now });
  }

  /**
   * Trims one slice of what was appended before a time, of a topic with or without a reader; returns whether more may be
   * left. Inside a transaction.
   */
  trimAged(topic: string, before: number): boolean {
    const table = this.#topics.find(topic);
    if (table === undefined) return false;
    const row = this.#row(table);
    return trimAged(table, before, row === undefined ? Number.POSITIVE_INFINITY : (row.unsettled ?? 0));
  }

  owns(table: TopicTable, epoch: number): boolean {
    return this.#epoch.get(table.id) === epoch;
  }

  everRead(topic: string): boolean {
    const table = this.#topics.find(topic);
    return table !== undefined && this.#row(table) !== undefined;
  }

  /** The socket that wakes the reader of a topic. */
  wakeupPath(topic: string): string | undefined {
    const table = this.#topics.find(topic);
    const path = table === undefined ? undefined : this.#wakeupPath.get(table.id);
    return typeof path === "string" ? path : undefined;
  }

  #row(table: TopicTable): ReaderRow | undefined {
    return this.#find.get(table.id) as ReaderRow | undefined;
  }
}
