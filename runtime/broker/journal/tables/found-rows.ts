import type Database from "better-sqlite3";
import type { Connection } from "../../../base/sqlite/open.js";
import type { Cursor, FoundRow, PageRequest, ReceivedCursor } from "../../inflight/persisted.js";
import { fromColumns, fromFoundColumns, kindOf, type RowColumns } from "./columns.js";
import { seqBound } from "./rows.js";

/** Most rows, and the time after which no further row is read, in one turn of the journal's thread. */
const TURN_ROWS = 200;
const TURN_MS = 5;

/** Every column but the payload, of which only the length is read: SQLite finds it without touching the bytes. */
const FACTS = `seq, crc, mark, line, kind, state, processing_attempts, claim, worker, claim_until, ending, id, namespace, task,
  application, topic, partition, "offset", received_at, due, expires_at, deadline, at_most_once, dead_letter, attempts,
  max_attempts, remembered, length(payload) AS size`;

type FoundColumns = Omit<RowColumns, "payload"> & { readonly size: number };

/** One turn of a page. `next`: where to continue; undefined: there is nothing behind it. */
export interface PageTurn {
  readonly rows: readonly FoundRow[];
  readonly next: (Cursor & ReceivedCursor) | undefined;
}

/** One turn of a search by ids. `looked`: how many of the ids it came to. */
export interface FindTurn {
  readonly rows: readonly FoundRow[];
  readonly looked: number;
}

interface Way {
  readonly bare: Database.Statement<unknown[], FoundColumns>;
  readonly whole: Database.Statement<unknown[], RowColumns>;
}

/** Reads delayed and parked rows for operators, a turn at a time, so that commits never wait long. */
export class FoundRows {
  /** Rows at one time behind a seq, and rows behind a time: SQLite compares only the first of a pair by an index. */
  readonly #due: readonly [Way, Way];
  readonly #received: readonly [Way, Way];
  readonly #id: Way;

  constructor(db: Connection) {
    const way = (behind: string): Way => ({
      bare: db.prepare(`SELECT ${FACTS} FROM rows ${behind}`),
      whole: db.prepare(`SELECT * FROM rows ${behind}`),
    });
    const delayed = "INDEXED BY delayed WHERE state = 'delayed' AND";
    this.#due = [
      way(`${delayed} due = ? AND seq > ? ORDER BY due, seq LIMIT ?`),
      way(`${delayed} due > ? ORDER BY due, seq LIMIT ?`),
    ];
    const counted = "INDEXED BY counted WHERE state IN ('delayed', 'parked') AND state = ? AND kind = ? AND";
    this.#received = [
      way(`${counted} received_at = ? AND seq > ? ORDER BY received_at, seq LIMIT ?`),
      way(`${counted} received_at > ? ORDER BY received_at, seq LIMIT ?`),
    ];
    this.#id = way("INDEXED BY ids WHERE state IN ('delayed', 'parked') AND remembered IN (0, 1) AND id = ?");
  }

  /** Throws DamageError for a row whose checksum does not hold. */
  page(request: PageRequest): PageTurn {
    const isByDue = request.order === "due";
    const ways = isByDue ? this.#due : this.#received;
    const within = isByDue ? [] : [request.kind.state, kindOf(request.kind)];
    const time = isByDue ? request.after.due : request.after.receivedAt;
    const limit = Math.min(request.limit, TURN_ROWS);
    const until = performance.now() + TURN_MS;
    const rows: FoundRow[] = [];
    for (const [way, from] of [
      [ways[0], [...within, time, seqBound(request.after.seq)]],
      [ways[1], [...within, time]],
    ] as const) {
      for (const row of read(way, request.payload, [...from, limit - rows.length])) {
        rows.push(row);
        if (rows.length >= limit || performance.now() >= until) return { rows, next: placeOf(row) };
      }
    }
    return { rows, next: undefined };
  }

  /** Throws DamageError for a row whose checksum does not hold. */
  find(ids: readonly string[], payload: boolean): FindTurn {
    const until = performance.now() + TURN_MS;
    const rows: FoundRow[] = [];
    for (const [at, id] of ids.entries()) {
      rows.push(...(payload ? this.#id.whole.all(id).map(whole) : this.#id.bare.all(id).map(fromFoundColumns)));
      if (performance.now() >= until || rows.length >= TURN_ROWS) return { rows, looked: at + 1 };
    }
    return { rows, looked: ids.length };
  }
}

function* read({ bare, whole: all }: Way, payload: boolean, from: readonly unknown[]): Generator<FoundRow> {
  if (payload) for (const columns of all.iterate(...from)) yield whole(columns);
  else for (const columns of bare.iterate(...from)) yield fromFoundColumns(columns);
}

function placeOf({ due, receivedAt, seq }: FoundRow): Cursor & ReceivedCursor {
  return { due, receivedAt, seq };
}

function whole(columns: RowColumns): FoundRow {
  const row = fromColumns(columns);
  return { ...row, size: row.payload.length };
}
