import { randomUUID } from "node:crypto";
import type { JournalPort } from "../../broker/index.js";

type Changes = Parameters<JournalPort["commit"]>[0];
type Row = Changes["inserts"][number];

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

  assigned: JournalPort["assigned"] = () => {};

  close: JournalPort["close"] = async () => {};
}
