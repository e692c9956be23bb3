import type { Effect, Event } from "#runtime/broker/inflight/events.js";
import type { Changes } from "#runtime/broker/inflight/persisted.js";
import type { StoredRow } from "#runtime/broker/inflight/row.js";

/** The rows of a journal, in memory. */
export class MachineJournal {
  readonly rows = new Map<number, StoredRow>();
  readonly remembered: Changes["finished"][number][] = [];
  ownership: NonNullable<Changes["ownership"]> = [];
  ahead: NonNullable<Changes["ahead"]> = [];

  commit({ deletes, inserts, updates, finished, ownership, ahead }: Changes): void {
    if (ownership !== undefined) this.ownership = ownership;
    if (ahead !== undefined) this.ahead = ahead;
    for (const seq of deletes) this.rows.delete(seq);
    for (const row of inserts) this.rows.set(row.seq, row);
    for (const update of updates) {
      const row = this.rows.get(update.seq);
      if (row === undefined) throw new Error(`row ${update.seq} is updated, but the journal never had it`);
      this.rows.set(update.seq, { ...row, ...update });
    }
    this.remembered.push(...finished);
  }

  load({ after, dueBefore, limit }: Extract<Effect, { kind: "load" }>): Extract<Event, { kind: "loaded" }> {
    const all = [...this.rows.values()]
      .filter(
        ({ state, due, seq }) => state === "delayed" && (due > after.due || (due === after.due && seq > after.seq)),
      )
      .sort((a, b) => a.due - b.due || a.seq - b.seq);
    const rows = all.filter(({ due }) => due <= dueBefore).slice(0, limit);
    const nextDue = all[rows.length]?.due ?? Number.POSITIVE_INFINITY;
    return { kind: "loaded", rows, complete: rows.length < limit, nextDue };
  }

  find({ act, ids }: Extract<Effect, { kind: "find" }>): Extract<Event, { kind: "found" }> {
    const stored = [...this.rows.values()].filter(({ state }) => state === "delayed" || state === "parked");
    const rows = stored.filter(({ id }) => ids.includes(id)).map((row) => ({ ...row, payload: new Uint8Array(0) }));
    return { kind: "found", act, rows };
  }

  /** All rows that are delayed, as one page. */
  page({ act }: Extract<Effect, { kind: "page" }>): Extract<Event, { kind: "found" }> {
    const rows = [...this.rows.values()].filter(({ state }) => state === "delayed");
    return { kind: "found", act, rows: rows.map((row) => ({ ...row, payload: new Uint8Array(0) })) };
  }

  unpark(wish: Extract<Effect, { kind: "unpark" }>): Extract<Event, { kind: "unparked" }> {
    const rows = [...this.rows.values()]
      .filter(({ state }) => state === "parked")
      .filter(({ application, namespace }) => application === wish.application && namespace === wish.namespace)
      .filter(({ task }) => wish.tasks.includes(task))
      .sort((a, b) => a.seq - b.seq);
    return { kind: "unparked", rows: rows.slice(0, wish.limit) };
  }
}
