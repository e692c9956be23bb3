import type { Connection, Statement } from "../../../base/sqlite/open.js";
import { chunkTable } from "./schema.js";
import { TopicTable } from "./topic-table.js";

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

  /** The topic; creates it when it is new. Inside a transaction. */
  ensure(name: string): TopicTable {
    const found = this.find(name);
    if (found !== undefined) return found;
    const id = Number(this.#connection.prepare("INSERT INTO topics (name) VALUES (?)").run(name).lastInsertRowid);
    this.#connection.exec(chunkTable(id));
    return this.#remember(id, name);
  }

  /** Forgets the topics after a rollback: those that it created are gone. */
  forget(): void {
    this.#known.clear();
  }

  #remember(id: number, name: string): TopicTable {
    const table = new TopicTable(this.#connection, id, name);
    this.#known.set(name, table);
    return table;
  }
}
