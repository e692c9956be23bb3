import { randomUUID } from "node:crypto";
import type { JournalPort } from "../../broker/index.js";

type Changes = Parameters<JournalPort["commit"]>[0];
type Row = Changes["inserts"][number];

type Kind = Omit<JournalPort["recovered"]["counted"][number], "count" | "oldest">;

function isOfKind(row: Row, { state, topic, application, namespace, task }: Kind): boolean {
  return (
    row.state === state &&
    row.topic === topic &&
    row.application === application &&
    row.namespace === namespace &&
    row.task === task
  );
}

function placeOf({ due, receivedAt, seq }: Row) {
  return { due, receivedAt, seq };
}

function found(row: Row, payload: boolean) {
  return { ...row, payload: payload ? row.payload : new Uint8Array(), size: row.payload.length };
}

/** A journal in memory: commits are stored immediately and lost with the process. */
export class MemoryJournal implements JournalPort {
  readonly file: string;
  readonly uuid = randomUUID();
  readonly quarantine = undefined;
  readonly lineage = [];
  readonly journalCommit = "";
  readonly recovered: JournalPort["recovered"] = {
    kind: "recovered",
    boot: 1,
    nextSeq: 1,
    partitions: [],
    rows: [],
    counted: [],
    nextDue: Number.POSITIVE_INFINITY,
    finished: { hashes: new BigUint64Array(), until: new Float64Array() },
    rebuilt: [],
    workers: [],
  };
  readonly #rows = new Map<number, Row>();
  #controls: string | undefined;

  constructor(file: string) {
    this.file = file;
  }

  commit: JournalPort["commit"] = async ({ inserts, updates, deletes }, report) => {
    for (const row of inserts) this.#rows.set(row.seq, row);
    for (const update of updates) {
      const row = this.#rows.get(update.seq);
      if (row !== undefined) this.#rows.set(update.seq, { ...row, ...update });
    }
    for (const seq of deletes) this.#rows.delete(seq);
    return report ? { lowest: [], bytes: 0 } : undefined;
  };

  load: JournalPort["load"] = async (after, dueBefore, limit) => {
    const delayed = [...this.#rows.values()]
      .filter(
        ({ state, due, seq }) => state === "delayed" && (due > after.due || (due === after.due && seq > after.seq)),
      )
      .sort((one, other) => one.due - other.due || one.seq - other.seq);
    const rows = delayed.filter(({ due }) => due <= dueBefore).slice(0, limit);
    return {
      rows,
      complete: rows.length < limit,
      nextDue: delayed[rows.length]?.due ?? Number.POSITIVE_INFINITY,
    };
  };

  unpark: JournalPort["unpark"] = async ({ application, namespace, tasks, limit }) =>
    [...this.#rows.values()]
      .filter((row) => row.state === "parked" && row.application === application && row.namespace === namespace)
      .filter(({ task }) => tasks.includes(task))
      .sort((one, other) => one.seq - other.seq)
      .slice(0, limit);

  page: JournalPort["page"] = async (request) => {
    const { limit } = request;
    const way = request.newest === true ? -1 : 1;
    const after = request.order === "due" ? request.after.due : request.after.receivedAt;
    const timeOf = (row: Row) => (request.order === "due" ? row.due : row.receivedAt);
    const kindOf = (row: Row) =>
      request.order === "due"
        ? Number(row.state === "delayed") - 1
        : request.kinds.findIndex((kind) => isOfKind(row, kind));
    const behind = [...this.#rows.values()]
      .map((row) => ({ row, kind: kindOf(row), time: timeOf(row) }))
      .filter(
        ({ row, kind, time }) => kind > 0 || (kind === 0 && way * (time - after || row.seq - request.after.seq) > 0),
      )
      .sort((one, other) => one.kind - other.kind || way * (one.time - other.time || one.row.seq - other.row.seq));
    const last = behind[limit - 1];
    return {
      rows: behind.slice(0, limit).map(({ row }) => found(row, request.payload)),
      next: last === undefined || behind.length === limit ? undefined : { ...placeOf(last.row), kind: last.kind },
    };
  };

  find: JournalPort["find"] = async (ids, payload) =>
    [...this.#rows.values()]
      .filter(({ id, state }) => (state === "delayed" || state === "parked") && ids.includes(id))
      .map((row) => found(row, payload));

  readControls: JournalPort["readControls"] = () => this.#controls;

  writeControls: JournalPort["writeControls"] = async (json) => {
    this.#controls = json;
  };

  assigned: JournalPort["assigned"] = () => {};

  close: JournalPort["close"] = async () => {};
}
