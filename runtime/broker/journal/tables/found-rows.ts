import type Database from "better-sqlite3";
import type { Connection } from "../../../base/sqlite/open.js";
import type { FoundRow, PageRequest, StoredKind, StoredPlace } from "../../inflight/persisted.js";
import { fromValues, idTag, kindOf, type RowValues } from "./columns.js";
import { areStrings, DamageError } from "./damage.js";
import { FOUND_COLUMNS, type FoundValues, fromFoundValues } from "./found-columns.js";
import { seqBound } from "./rows.js";

/** Most rows, and the time after which no further row is read, in one turn of the journal's thread. */
const TURN_ROWS = 1000;
const TURN_ROWS_WITH_PAYLOAD = 200;
const TURN_MS = 5;
/** Rows read from one look at the time to the next; a payload may be long. */
const AT_ONCE = 64;
const AT_ONCE_WITH_PAYLOAD = 1;
/** Kinds of rows whose names are kept. */
const MOST_KINDS = 10_000;
type Names = Omit<StoredKind, "state">;

/** Before every row, in either direction. */
const START = { due: -1, receivedAt: -1, seq: -1 };
const END = { due: Number.MAX_SAFE_INTEGER, receivedAt: Number.MAX_SAFE_INTEGER, seq: Number.MAX_SAFE_INTEGER };

/** One turn of a page. `next`: where to continue; undefined: there is nothing behind it. */
export interface PageTurn {
  readonly rows: readonly FoundRow[];
  readonly next: StoredPlace | undefined;
}

/**
 * One turn of a search by ids. `next`: the part of the index, the rows with seq from 4,096 times its number on, behind which
 * to continue; undefined: all were searched.
 */
export interface FindTurn {
  readonly rows: readonly FoundRow[];
  readonly next: number | undefined;
}

/** Before every part. */
export const FIRST_PART = -1;

interface Way {
  readonly bare: Database.Statement<unknown[], FoundValues>;
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
  readonly #kinds: Kinds;

  constructor(db: Connection) {
    const way = (behind: string): Way => ({
      bare: db.prepare<unknown[], FoundValues>(`SELECT ${FOUND_COLUMNS} FROM rows ${behind}`).raw(),
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
    const ids = "INDEXED BY ids WHERE state IN ('delayed', 'parked') AND";
    this.#id = way(`${ids} seq / 4096 = ? AND crc / 4294967296 = ? AND id = ?`);
    this.#nextPart = db
      .prepare<unknown[], number>(`SELECT seq / 4096 FROM rows ${ids} seq / 4096 > ? ORDER BY seq / 4096 LIMIT 1`)
      .pluck();
    this.#kinds = new Kinds(db);
  }

  /** Throws DamageError for a row whose checksum does not hold. */
  page(request: PageRequest): PageTurn {
    const turn = new Turn(request, this.#kinds);
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
  find(ids: readonly string[], payload: boolean, after: number): FindTurn {
    const until = performance.now() + TURN_MS;
    const tags = ids.map((id): [number, string] => [idTag(id), id]);
    const rows: FoundRow[] = [];
    for (let part = this.#nextPart.get(after); part !== undefined; part = this.#nextPart.get(part)) {
      for (const tagged of tags) rows.push(...rowsOf(this.#id, payload, [part, ...tagged], this.#kinds));
      if (performance.now() >= until) return { rows, next: part };
    }
    return { rows, next: undefined };
  }
}

/** What one turn of a page reads. */
class Turn {
  readonly rows: FoundRow[] = [];
  readonly #request: PageRequest;
  readonly #limit: number;
  readonly #kinds: Kinds;
  readonly #until = performance.now() + TURN_MS;

  constructor(request: PageRequest, kinds: Kinds) {
    this.#request = request;
    this.#limit = Math.min(request.limit, request.payload ? TURN_ROWS_WITH_PAYLOAD : TURN_ROWS);
    this.#kinds = kinds;
  }

  get over(): boolean {
    return this.rows.length >= this.#limit || performance.now() >= this.#until;
  }

  /** Rows behind a time and a seq; undefined: all were read. */
  read(
    [same, later]: Ways,
    within: readonly unknown[],
    time: number,
    seq: number,
    kind: number,
  ): StoredPlace | undefined {
    for (let at = { time, seq }; ; ) {
      const last = this.#some(same, [...within, at.time, seqBound(at.seq)]) ?? this.#some(later, [...within, at.time]);
      if (last === undefined) return undefined;
      const { due, receivedAt } = last;
      if (this.over) return { due, receivedAt, seq: last.seq, kind };
      at = { time: this.#request.order === "due" ? due : receivedAt, seq: last.seq };
    }
  }

  /** The last of some rows; undefined: there are no more, and there is time for others. */
  #some(way: Way, from: readonly unknown[]): FoundRow | undefined {
    const { payload } = this.#request;
    const most = Math.min(payload ? AT_ONCE_WITH_PAYLOAD : AT_ONCE, this.#limit - this.rows.length);
    const rows = rowsOf(way, payload, [...from, most], this.#kinds);
    this.rows.push(...rows);
    return rows.length === most || this.over ? rows.at(-1) : undefined;
  }
}

/** In one piece: row by row costs a fifth more. */
function rowsOf(way: Way, payload: boolean, from: readonly unknown[], kinds: Kinds): FoundRow[] {
  return payload
    ? way.whole.all(...from).map(whole)
    : way.bare.all(...from).map((values) => fromFoundValues(values, kinds.of(values)));
}

function whole(values: RowValues): FoundRow {
  const row = fromValues(values);
  return Object.assign(row, { size: row.payload.length });
}

/** The names that rows of a kind have in common. */
class Kinds {
  readonly #names: Database.Statement<unknown[], Names>;
  readonly #known = new Map<number, Names>();

  constructor(db: Connection) {
    this.#names = db.prepare("SELECT topic, application, namespace, task FROM rows WHERE seq = ?");
  }

  /** The kind is a hash of the names. Throws DamageError. */
  of([seq, , kind]: FoundValues): Names {
    const known = this.#known.get(kind);
    if (known !== undefined) return known;
    const names = this.#names.get(seq);
    if (names === undefined || !areStrings(...Object.values(names)) || kindOf(names) !== kind)
      throw new DamageError(`row ${seq} is of another kind than its names`);
    if (this.#known.size >= MOST_KINDS) this.#known.clear();
    this.#known.set(kind, names);
    return names;
  }
}
