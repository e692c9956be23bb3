import type Database from "better-sqlite3";
import type { Connection } from "../../../base/sqlite/open.js";
import type { FoundRow, PageRequest, StoredPlace } from "../../inflight/persisted.js";
import { fromFoundValues, fromValues, kindOf, type RowValues } from "./columns.js";
import { seqBound } from "./rows.js";

/** Most rows, and the time after which no further row is read, in one turn of the journal's thread. */
const TURN_ROWS = 1000;
const TURN_ROWS_WITH_PAYLOAD = 200;
const TURN_MS = 5;
/** Before every row, in either direction. */
const START = { due: -1, receivedAt: -1, seq: -1 };
const END = { due: Number.MAX_SAFE_INTEGER, receivedAt: Number.MAX_SAFE_INTEGER, seq: Number.MAX_SAFE_INTEGER };

/** Every column but the payload, of which only the length is read: SQLite finds it without touching the bytes. */
const FACTS = `seq, crc, mark, line, kind, state, processing_attempts, claim, worker, claim_until, ending, id, namespace, task,
  application, topic, partition, "offset", received_at, due, expires_at, deadline, at_most_once, dead_letter, attempts,
  max_attempts, remembered, length(payload) AS size`;

/** One turn of a page. `next`: where to continue; undefined: there is nothing behind it. */
export interface PageTurn {
  readonly rows: readonly FoundRow[];
  readonly next: StoredPlace | undefined;
}

/** Part of the index by id: of the rows that are remembered or not, those with seq from 4096 * `number` on. */
export interface IndexPart {
  readonly remembered: 0 | 1;
  readonly number: number;
}

/** One turn of a search by ids. `next`: the part behind which to continue; undefined: all were searched. */
export interface FindTurn {
  readonly rows: readonly FoundRow[];
  readonly next: IndexPart | undefined;
}

/** Before every part. */
export const FIRST_PART: IndexPart = { remembered: 0, number: -1 };

interface Way {
  readonly bare: Database.Statement<unknown[], RowValues<number>>;
  readonly whole: Database.Statement<unknown[], RowValues>;
}

/** Rows at one time behind a seq, and rows behind a time: SQLite compares only the first of a pair by an index. */
type Ways = readonly [Way, Way];

/** Reads delayed and parked rows for operators, a turn at a time, so that commits never wait long. */
export class FoundRows {
  readonly #due: { readonly oldest: Ways; readonly newest: Ways };
  readonly #received: { readonly oldest: Ways; readonly newest: Ways };
  readonly #id: Way;
  readonly #nextPart: Database.Statement<unknown[], number>;

  constructor(db: Connection) {
    const way = (behind: string): Way => ({
      bare: db.prepare<unknown[], RowValues<number>>(`SELECT ${FACTS} FROM rows ${behind}`).raw(),
      whole: db.prepare<unknown[], RowValues>(`SELECT * FROM rows ${behind}`).raw(),
    });
    const both = (where: string, time: string) => {
      const ways = (compare: string, by: string): Ways => [
        way(`${where} ${time} = ? AND seq ${compare} ? ORDER BY ${time} ${by}, seq ${by} LIMIT ?`),
        way(`${where} ${time} ${compare} ? ORDER BY ${time} ${by}, seq ${by} LIMIT ?`),
      ];
      return { oldest: ways(">", "ASC"), newest: ways("<", "DESC") };
    };
    this.#due = both("INDEXED BY delayed WHERE state = 'delayed' AND", "due");
    const counted = "INDEXED BY counted WHERE state IN ('delayed', 'parked') AND state = ? AND kind = ? AND";
    this.#received = both(counted, "received_at");
    const ids = "INDEXED BY ids WHERE state IN ('delayed', 'parked') AND remembered = ? AND";
    this.#id = way(`${ids} seq / 4096 = ? AND id = ?`);
    this.#nextPart = db
      .prepare<unknown[], number>(
        `SELECT seq / 4096 FROM rows ${ids} seq / 4096 > ? ORDER BY remembered, seq / 4096 LIMIT 1`,
      )
      .pluck();
  }

  /** Throws DamageError for a row whose checksum does not hold. */
  page(request: PageRequest): PageTurn {
    const turn = new Turn(request);
    const direction = request.newest === true ? "newest" : "oldest";
    const start = request.newest === true ? END : START;
    if (request.order === "due") {
      const { due, seq } = request.after;
      const next = turn.read(this.#due[direction], [], due, seq, 0);
      return { rows: turn.rows, next };
    }
    for (const [index, kind] of request.kinds.entries()) {
      const { receivedAt, seq } = index === 0 ? request.after : start;
      const next = turn.read(this.#received[direction], [kind.state, kindOf(kind)], receivedAt, seq, index);
      if (next !== undefined) return { rows: turn.rows, next };
      if (turn.over && index + 1 < request.kinds.length)
        return { rows: turn.rows, next: { ...start, kind: index + 1 } };
    }
    return { rows: turn.rows, next: undefined };
  }

  /** The rows with these ids in the parts behind `after`. Throws DamageError for a row whose checksum does not hold. */
  find(ids: readonly string[], payload: boolean, after: IndexPart): FindTurn {
    const until = performance.now() + TURN_MS;
    const rows: FoundRow[] = [];
    let { remembered, number } = after;
    for (;;) {
      const next = this.#nextPart.get(remembered, number);
      if (next === undefined && remembered === 1) return { rows, next: undefined };
      if (next === undefined) {
        remembered = 1;
        number = -1;
        continue;
      }
      number = next;
      for (const id of ids) rows.push(...rowsOf(this.#id, payload, [remembered, number, id]));
      if (performance.now() >= until) return { rows, next: { remembered, number } };
    }
  }
}

/** What one turn of a page reads. */
class Turn {
  readonly rows: FoundRow[] = [];
  readonly #limit: number;
  readonly #payload: boolean;
  readonly #until = performance.now() + TURN_MS;

  constructor({ limit, payload }: PageRequest) {
    this.#limit = Math.min(limit, payload ? TURN_ROWS_WITH_PAYLOAD : TURN_ROWS);
    this.#payload = payload;
  }

  get over(): boolean {
    return this.rows.length >= this.#limit || performance.now() >= this.#until;
  }

  /** Rows behind a time and a seq; undefined: all were read. */
  read(ways: Ways, within: readonly unknown[], time: number, seq: number, kind: number): StoredPlace | undefined {
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
  if (payload) for (const values of all.iterate(...from)) yield whole(values);
  else for (const values of bare.iterate(...from)) yield fromFoundValues(values);
}

function whole(values: RowValues): FoundRow {
  const row = fromValues(values);
  return Object.assign(row, { size: row.payload.length });
}
