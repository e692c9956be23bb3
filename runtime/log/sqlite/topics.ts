import type { Connection, Statement } from "./database.js";
import type { Row } from "./records.js";

export interface StoredRow extends Row {
  readonly offset: number;
}

type StoredColumns = readonly [offset: number, key: string | null, headers: string | null, value: Uint8Array];

/** The records of one topic. A row's id is its offset + 1: AUTOINCREMENT begins with 1. */
export class TopicTable {
  readonly id: number;
  readonly name: string;
  readonly #insert: Statement;
  readonly #end: Statement;
  readonly #first: Statement;
  readonly #read: Statement;
  readonly #delete: Statement;

  constructor(connection: Connection, id: number, name: string) {
    const table = `records_${id}`;
    this.id = id;
    this.name = name;
    this.#insert = connection.prepare(`INSERT INTO ${table} (key, headers, value) VALUES (?, ?, ?)`);
    this.#end = connection.prepare("SELECT seq FROM sqlite_sequence WHERE name = ?").pluck().bind(table);
    this.#first = connection.prepare(`SELECT min(id) - 1 FROM ${table}`).pluck();
    this.#read = connection
      .prepare(`SELECT id - 1, key, headers, value FROM ${table} WHERE id > ? ORDER BY id LIMIT ?`)
      .raw();
    this.#delete = connection.prepare(`DELETE FROM ${table} WHERE id <= ?`);
  }

  /** The offset of the new record. */
  insert({ key, headers, value }: Row): number {
    return Number(this.#insert.run(key, headers, value).lastInsertRowid) - 1;
  }

  /** The offset that the next appended record gets. */
  end(): number {
    return Number(this.#end.get() ?? 0);
  }

  /** Lowest offset that is kept. */
  first(): number {
    return Number(this.#first.get() ?? this.end());
  }

  /** Rows from `offset` on, until `bytes` are reached; at least one when there is one. */
  read(offset: number, limit: number, bytes: number): StoredRow[] {
    const rows: StoredRow[] = [];
    let size = 0;
    // Columns as the statement names them.
    for (const columns of this.#read.iterate(offset, limit) as IterableIterator<StoredColumns>) {
      const [at, key, headers, value] = columns;
      size += value.length;
      if (size > bytes && rows.length > 0) break;
      rows.push({ offset: at, key, headers, value });
    }
    return rows;
  }

  /** Deletes at most `slice` of the lowest records below `offset`; tells whether more of them are left. */
  trim(offset: number, slice: number): boolean {
    const first = this.first();
    if (first >= offset) return false;
    this.#delete.run(Math.min(offset, first + slice));
    return first + slice < offset;
  }
}

/** The topics of an open file. */
export class Topics {
  readonly #connection: Connection;
  readonly #find: Statement;
  readonly #known = new Map<string, TopicTable>();

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#find = connection.prepare("SELECT id FROM topics WHERE name = ?").pluck();
  }

  find(name: string): TopicTable | undefined {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const id = this.#find.get(name);
    return typeof id === "number" ? this.#remember(id, name) : undefined;
  }

  /** The topic, created when it is new: inside a transaction. */
  ensure(name: string): TopicTable {
    const found = this.find(name);
    if (found !== undefined) return found;
    const id = Number(this.#connection.prepare("INSERT INTO topics (name) VALUES (?)").run(name).lastInsertRowid);
    this.#connection.exec(
      `CREATE TABLE records_${id} (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT, headers TEXT, value BLOB NOT NULL)`,
    );
    return this.#remember(id, name);
  }

  /** After a rollback: topics it created are gone. */
  forget(): void {
    this.#known.clear();
  }

  #remember(id: number, name: string): TopicTable {
    const table = new TopicTable(this.#connection, id, name);
    this.#known.set(name, table);
    return table;
  }
}
