import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "#runtime/base/clock.js";
import { newId } from "#runtime/base/ids.js";
import { Tallies } from "#runtime/broker/inflight/counts/tally.js";
import { Row } from "#runtime/broker/inflight/live-row.js";
import type { StoredRow } from "#runtime/broker/inflight/row.js";
import { Journal } from "#runtime/broker/journal/journal.js";
import { openFile } from "#runtime/broker/journal/tables/connection.js";
import { migrate } from "#runtime/broker/journal/tables/migrations.js";
import { Rows } from "#runtime/broker/journal/tables/rows.js";
import { listActivations } from "#runtime/broker/reading/list.js";
import type { Sources } from "#runtime/broker/reading/sources.js";
import { changes, row } from "../support/journal.js";
import { atMost } from "./budgets.js";

const ROWS = Number(process.env.TASKWIRE_BENCH_ROWS ?? 1_000_000);
const LIVE = 32_768;
const TASKS = 1000;
/** With the head of the activation 1 KiB. */
const PAYLOAD = new Uint8Array(1000);
const COMMIT_ROWS = 4096;
const DUE = 1_800_000_000_000;

/**
 * What an operator waits for at 1,000,000 delayed activations of 1 KiB and 32,768 live ones, while the journal also takes
 * commits of 1,000 rows: pages of 100 at the beginning, in the middle and at the end, a task among 1,000, and an id. And what
 * the index by id costs when rows are inserted.
 */
export async function operationsReading(): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), "taskwire-bench-"));
  try {
    const index = indexCost(folder);
    const file = join(folder, "with.inflight.db");
    const journal = await Journal.open(file, {
      failed: (error) => {
        throw error;
      },
      stuck: () => {},
      unstuck: () => {},
    });
    const pages = await pagesUnderLoad(journal);
    await journal.close();
    return {
      ...{ rows: ROWS, unit: "ms, the median and the longest" },
      ...index,
      ...pages,
      budgets: [
        ...(["beginning", "middle", "end", "task", "id"] as const).map((name) =>
          atMost(`${NAMES[name]} among ${ROWS} delayed, under commits, median`, pages[name][0], 100, "ms"),
        ),
        atMost("inserts of delayed activations with the index by id, more", index.indexPercent, 3, "%"),
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const NAMES = {
  beginning: "first page of 100",
  middle: "page of 100 in the middle",
  end: "page of 100 at the end",
  task: "page of 100 of one task",
  id: "lookup by id",
};

function delayed(seq: number): StoredRow {
  // Batches of a producer are due together.
  const due = DUE + Math.floor(seq / 100) * 100;
  const task = `things.task${seq % TASKS}`;
  return row(seq, { id: newId(), state: "delayed", due, task, remembered: false, payload: PAYLOAD });
}

/** Inserts the same rows in two files, a commit here and a commit there; one has no index by id. */
function indexCost(folder: string) {
  const files = ["with", "without"].map((name) => join(folder, `${name}.inflight.db`));
  const opened = files.map((file) => {
    const db = openFile(file, {});
    migrate(db);
    return { file, db, rows: new Rows(db), ms: 0 };
  });
  const [, without] = opened;
  without?.db.exec("DROP INDEX ids");
  for (let from = 1; from <= ROWS; from += COMMIT_ROWS) {
    const batch = Array.from({ length: Math.min(COMMIT_ROWS, ROWS + 1 - from) }, (_, at) => delayed(from + at));
    for (const each of from % 2 === 0 ? opened : opened.toReversed()) {
      const { user, system } = process.cpuUsage();
      each.db.transaction(() => {
        for (const stored of batch) each.rows.insert(stored);
      })();
      if (from % (16 * COMMIT_ROWS) === 1) each.db.pragma("wal_checkpoint(PASSIVE)");
      const after = process.cpuUsage({ user, system });
      each.ms += (after.user + after.system) / 1000;
    }
  }
  for (const { db } of opened) db.close();
  const [first, second] = opened.map(({ ms, file }) => ({ ms, bytes: statSync(file).size }));
  return {
    indexPercent: Math.round(1000 * ((first?.ms ?? 0) / (second?.ms ?? 1) - 1)) / 10,
    indexMiB: Math.round(((first?.bytes ?? 0) - (second?.bytes ?? 0)) / 2 ** 20),
    insertSeconds: opened.map(({ ms }) => Math.round(ms / 100) / 10),
  };
}

async function pagesUnderLoad(journal: Journal) {
  const sources = sourcesOf(journal);
  let running = true;
  let commits = 0;
  const load = (async () => {
    for (let number = 1; running; number += 1) {
      const inserts = Array.from({ length: 1000 }, (_, at) => delayed(ROWS + number * 1000 + at));
      await journal.commit(changes(number, { inserts }), false);
      commits += 1;
    }
  })();
  const list = async (request: object) => listActivations(sources, request, new AbortController().signal);
  const beginning = await list({ q: "state:delayed" });
  const middle = cursorAt(beginning.next ?? "", DUE + ROWS / 2);
  const end = cursorAt(beginning.next ?? "", DUE + ROWS - 200);
  const id = beginning.rows[50]?.id ?? "";
  const figures = {
    beginning: await times(() => list({ q: "state:delayed" })),
    middle: await times(() => list({ q: "state:delayed", cursor: middle })),
    end: await times(() => list({ q: "state:delayed", cursor: end })),
    task: await times(() => list({ q: "state:delayed task:things.task7" })),
    everything: await times(() => list({})),
    id: await times(() => list({ q: `id:${id}` })),
  };
  running = false;
  await load;
  return { ...figures, commits };
}

/** The cursor of a page, at another due time. */
function cursorAt(cursor: string, due: number): string {
  const parts = JSON.parse(Buffer.from(cursor, "base64url").toString());
  parts[3] = due;
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

type Times = readonly [median: number, longest: number];

async function times(ask: () => Promise<{ readonly rows: readonly unknown[] }>): Promise<Times> {
  const found: number[] = [];
  for (let round = 0; round < 30; round += 1) {
    const begun = performance.now();
    const { rows } = await ask();
    found.push(performance.now() - begun);
    if (rows.length === 0) throw new Error("a page was empty");
  }
  found.sort((one, other) => one - other);
  const rounded = (at: number) => Math.round((found[at] ?? 0) * 10) / 10;
  return [rounded(15), rounded(29)];
}

function sourcesOf(journal: Journal): Sources {
  const tallies = new Tallies();
  const live = new Map<string, Row>();
  for (let task = 0; task < TASKS; task += 1) {
    tallies.of({ application: "app", namespace: "n", task: `things.task${task}` }).delayed += ROWS / TASKS;
  }
  for (let seq = 0; seq < LIVE; seq += 1) {
    const facts = row(10 * ROWS + seq, { id: newId(), task: `things.task${seq % TASKS}`, payload: PAYLOAD });
    live.set(facts.id, new Row(facts, tallies.of(facts), "pending"));
  }
  return {
    live: {
      get: (id) => live.get(id),
      count: (state) => (state === "pending" ? live.size : 0),
      size: live.size,
      [Symbol.iterator]: () => live.values(),
    },
    snapshot: { tallies, topics: [["work", undefined]] },
    journal,
    clock: systemClock(),
  };
}
