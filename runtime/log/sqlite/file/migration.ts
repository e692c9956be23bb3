import type { Connection } from "../../../base/sqlite/open.js";
import { sizeOf } from "../../record-size.js";
import { RecordWriter } from "../records.js";
import { chunkTable, FORMAT } from "./schema.js";
import { TopicTable } from "./topic-table.js";

type OldColumns = readonly [id: number, key: string | null, headers: string | null, value: Uint8Array];

/** Limits of one step; it ends at whichever is reached first. */
const MOVED_RECORDS = 256;
const MOVED_BYTES = 256 * 1024;

/**
 * Migrates a file of format 1, in which every record is a row of `records_N` whose id is its offset + 1. Records keep their
 * offsets; the time of their append is unknown, so they count as appended now. Inside a transaction.
 */
export function migrate(connection: Connection): void {
  connection.exec(`
    ALTER TABLE topics ADD COLUMN first INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE topics ADD COLUMN next INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE topics ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
  `);
  const topics = connection.prepare("SELECT id, name FROM topics").raw().all() as [id: number, name: string][];
  for (const [id, name] of topics) {
    connection.exec(chunkTable(id));
    move(connection, new TopicTable(connection, id, name));
    connection.exec(`DROP TABLE records_${id}`);
  }
  connection.pragma(`user_version = ${FORMAT}`);
}

function move(connection: Connection, topic: TopicTable): void {
  const old = `records_${topic.id}`;
  const setNext = connection.prepare(`UPDATE topics SET next = ? WHERE id = ${topic.id}`);
  const read = connection.prepare(`SELECT id, key, headers, value FROM ${old} WHERE id > ? ORDER BY id`).raw();
  const now = Date.now();
  const end = Number(connection.prepare("SELECT seq FROM sqlite_sequence WHERE name = ?").pluck().get(old) ?? 0);
  const first = Number(connection.prepare(`SELECT min(id) - 1 FROM ${old}`).pluck().get() ?? end);
  topic.deleteBelow(first);
  setNext.run(first);
  for (let at = first; at < end; ) {
    const writer = new RecordWriter();
    let count = 0;
    let from = at;
    for (const [id, key, headers, value] of read.iterate(at) as IterableIterator<OldColumns>) {
      // A gap in the old file stays a gap.
      if (count === 0) from = id - 1;
      if (id !== from + count + 1) break;
      const record = { key: key ?? undefined, headers: headers === null ? undefined : JSON.parse(headers), value };
      writer.reserve(1, sizeOf(record));
      writer.add(record);
      count += 1;
      if (count === MOVED_RECORDS || writer.length >= MOVED_BYTES) break;
    }
    if (count === 0) break;
    setNext.run(from);
    topic.append(Buffer.from(writer.bytes().buffer, 0, writer.length), count, now);
    at = from + count;
  }
  setNext.run(end);
}
