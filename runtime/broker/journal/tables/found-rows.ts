import type Database from "better-sqlite3";
import type { Connection } from "../../../base/sqlite/open.js";
import type { FoundRow, PageRequest, StoredPlace } from "../../inflight/persisted.js";
import { fromColumns, fromFoundColumns, kindOf, type RowColumns } from "./columns.js";
import { seqBound } from "./rows.js";

/** Most rows, and the time after which no further row is read, in one turn of the journal's thread. */
const TURN_ROWS = 200;
const TURN_MS = 5;
/** Before every row. */
const START = { due: -1, receivedAt: -1, seq: -1 };

/** Every column but the payload, of which only the length is read: SQLite finds it without touching the bytes. */
const FACTS = `seq, crc, mark, line, kind, state, processing_attempts, claim, worker, claim_until, ending, id, namespace, task,
  application, topic, partition, "offset", received_at, due, expires_at, deadline, at_most_once, dead_letter, attempts,
  max_attempts, remembered, length(payload) AS size`;

type FoundColumns = Omit<RowColumns, "payload"> & { readonly size: number };

/** One turn of a page. `next`: where to continue; undefined: there is nothing behind it. */
export interface PageTurn {
  readonly rows: readonly FoundRow[];
  readonly next: StoredPlace | undefined;
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
    const turn = new Turn(request);
    if (request.order === "due") {
      const { due, seq } = request.after;
      const next = turn.read(this.#due, [], due, seq, 0);
      return { rows: turn.rows, next };
    }
    for (const [index, kind] of request.kinds.entries()) {
      const { receivedAt, seq } = index === 0 ? request.after : START;
      const next = turn.read(this.#received, [kind.state, kindOf(kind)], receivedAt, seq, index);
      if (next !== undefined) return { rows: turn.rows, next };
      if (turn.over && index + 1 < request.kinds.length)
        return { rows: turn.rows, next: { ...START, kind: index + 1 } };
    }
    return { rows: turn.rows, next: undefined };
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

/** What one turn of a page reads. */
class Turn {
  readonly rows: FoundRow[] = [];
  readonly #limit: number;
  readonly #payload: boolean;
  readonly #until = performance.now() + TURN_MS;

  constructor({ limit, payload }: PageRequest) {
    this.#limit = Math.min(limit, TURN_ROWS);
    this.#payload = payload;
  }

  get over(): boolean {
    return this.rows.length >= this.#limit || performance.now() >= this.#until;
  }

  /** Rows behind a time and a seq; undefined: all were read. */
  read(
    ways: readonly [Way, Way],
    within: readonly unknown[],
    time: number,
    seq: number,
    kind: number,
  ): StoredPlace | undefined {
    for (const [way, from] of [
      [ways[0], [...within, time, seqBound(seq)]],
      [ways[1], [...within, time]],
    ] as const) {
      for (const row of rowsOf(way, this.#payload, [...from, this.#limit - this.rows.length])) {
        this.rows.push(row);
        if (this.over) return { due: row.due, receivedAt: row.receivedAt, seq: row.seq, kind };
      }
    }
    return undefined;
  }
}

function* rowsOf({ bare, whole: all }: Way, payload: boolean, from: readonly unknown[]): Generator<FoundRow> {
  if (payload) for (const columns of all.iterate(...from)) yield whole(columns);
  else for (const columns of bare.iterate(...from)) yield fromFoundColumns(columns);
}

function whole(columns: RowColumns): FoundRow {
  const row = fromColumns(columns);
  return { ...row, size: row.payload.length };
}
