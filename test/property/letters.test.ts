import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { INDEX_LIMITS } from "#runtime/broker/letters/index/limits.js";
import type { Listed } from "#runtime/broker/letters/index/rows.js";
import { LetterStore } from "#runtime/broker/letters/index/store.js";
import { letterOf } from "#runtime/broker/letters/records/letter.js";
import { markerOf, markerRecord } from "#runtime/broker/letters/records/marker.js";
import type { LogRecord, ReadRecord } from "#runtime/log/port.js";
import { letterRecord, WRITERS } from "../support/letters.js";

const RUNS = Number(process.env.TASKWIRE_PROPERTY_RUNS ?? 60);
const TOPIC = "work-dlq";
const folder = mkdtempSync(join(tmpdir(), "taskwire-letters-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What happened to letter `letter`: it was written (again), or somebody resolved one of its copies. */
const step = fc.record({
  letter: fc.nat(5),
  what: fc.constantFrom("written", "written", "replayed", "purged"),
  copy: fc.nat(3),
  by: fc.constantFrom("ann", "bob"),
});

interface Expected {
  readonly offset: number;
  readonly state: string;
  readonly by: string | undefined;
}

/** The records of one partition, and what they mean, worked out without the code under test. */
function history(steps: readonly { letter: number; what: string; copy: number; by: string }[]): {
  readonly records: ReadRecord[];
  readonly expected: Map<number, Expected>;
} {
  const records: ReadRecord[] = [];
  const copies = new Map<number, number[]>();
  const markers = new Map<number, { readonly resolution: string; readonly by: string }[]>();
  const append = (record: LogRecord) => records.push({ ...record, offset: records.length, timestamp: 5 });
  for (const { letter, what, copy, by } of steps) {
    const known = copies.get(letter) ?? [];
    // What another program wrote has no second copy: nothing says that two records are one.
    const writer = WRITERS[letter % WRITERS.length] ?? "new";
    if (what === "written") {
      if (writer === "foreign" && known.length > 0) continue;
      copies.set(letter, [...known, records.length]);
      append(letterRecord(letter, { writer }));
      continue;
    }
    const offset = known[copy % known.length];
    const record = records[offset ?? -1];
    if (record === undefined || (what !== "replayed" && what !== "purged")) continue;
    const parsed = letterOf(TOPIC, 0, record);
    if (parsed === undefined) throw new Error(`no letter at ${offset}`);
    append(markerRecord(parsed, record.key, { resolution: what, by, at: 9, replay: what === "replayed" ? "r" : "" }));
    markers.set(letter, [...(markers.get(letter) ?? []), { resolution: what, by }]);
  }
  const expected = new Map<number, Expected>();
  for (const [letter, offsets] of copies) {
    const own = markers.get(letter) ?? [];
    const counts = own.find(({ resolution }) => resolution === "replayed") ?? own[0];
    expected.set(letter, { offset: Math.max(...offsets), state: counts?.resolution ?? "open", by: counts?.by });
  }
  return { records, expected };
}

function feed(store: LetterStore, records: readonly ReadRecord[], end: number): void {
  store.feed({
    topic: TOPIC,
    partition: 0,
    first: 0,
    next: end,
    end,
    fedAt: 1,
    scrubs: true,
    letters: records.flatMap((record) => letterOf(TOPIC, 0, record) ?? []),
    markers: records.flatMap((record) => markerOf(TOPIC, 0, record) ?? []),
  });
}

function listed(store: LetterStore): readonly Listed[] {
  return store.list({ after: undefined, order: "newest", limit: 1000 }, () => true).rows;
}

let files = 0;

describe("the standing of dead letters", () => {
  it("is counted as before when the index cannot write what was read", () => {
    const store = new LetterStore(join(folder, "failing.db"), INDEX_LIMITS);
    const records: readonly ReadRecord[] = [0, 1].map((offset) => ({ ...letterRecord(offset), offset }));
    const letters = records.flatMap((record) => letterOf(TOPIC, 0, record) ?? []);
    const progress = { topic: TOPIC, partition: 0, first: 0, next: 2, end: 2, scrubs: true, letters, markers: [] };
    // No number is no time: the row of the position is refused, after those of the letters.
    expect(() => store.feed({ ...progress, fedAt: Number.NaN })).toThrow(/NOT NULL/);
    expect(store.summary().counts.open).toBe(0);
    store.feed({ ...progress, fedAt: 1 });
    expect(store.summary().counts.open).toBe(2);
    store.close();
  });

  it("is the same whatever the order of letters, copies and markers, how often each is read, and when the index is reopened", () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 30 }),
        fc.array(fc.nat(1000), { maxLength: 60 }),
        fc.nat(7),
        (steps, picks, batch) => {
          const { records, expected } = history(steps);
          files += 1;
          const file = join(folder, `${files}.db`);
          // Some records in any order and more than once, then all: as rebuilds and repeated reads deliver them.
          const order = [...picks.flatMap((pick) => records[pick % records.length] ?? []), ...records];
          let store = new LetterStore(file, INDEX_LIMITS);
          for (let at = 0; at < order.length; at += batch + 1) {
            feed(store, order.slice(at, at + batch + 1), records.length);
            if (at % 3 === 0) {
              store.close();
              store = new LetterStore(file, INDEX_LIMITS);
            }
          }
          const rows = listed(store);
          const found = rows.map(({ letter, marker }) => ({
            offset: letter.offset,
            state: marker?.resolution ?? "open",
            by: marker?.by,
          }));
          const byOffset = (one: Expected, other: Expected) => one.offset - other.offset;
          expect(found.sort(byOffset)).toEqual([...expected.values()].sort(byOffset));
          const states = [...expected.values()].map(({ state }) => state);
          const count = (state: string) => states.filter((one) => one === state).length;
          expect(store.summary().counts).toEqual({
            open: count("open"),
            replayed: count("replayed"),
            purged: count("purged"),
          });
          store.close();
        },
      ),
      { numRuns: RUNS },
    );
  });

  it("survives the deletion of the first copies by the log", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.nat(30), (steps, first) => {
        const { records, expected } = history(steps);
        files += 1;
        const store = new LetterStore(join(folder, `${files}.db`), INDEX_LIMITS);
        feed(store, records, records.length);
        store.feed({
          ...{ topic: TOPIC, partition: 0, first, next: records.length, end: records.length, fedAt: 1 },
          ...{ letters: [], markers: [], scrubs: true },
        });
        const kept = [...expected.values()].filter(({ offset }) => offset >= first);
        expect(
          listed(store)
            .map(({ letter, marker }) => [letter.offset, marker?.resolution ?? "open"])
            .sort(),
        ).toEqual(kept.map(({ offset, state }) => [offset, state]).sort());
        expect(Object.values(store.summary().counts).reduce((sum, count) => sum + count, 0)).toBe(kept.length);
        store.close();
      }),
      { numRuns: RUNS },
    );
  });
});
