import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore } from "#runtime/broker/journal/open.js";
import { changes, row } from "../support/journal.js";
import { FIRST_TABLES } from "./fixtures/first-journal.js";

const OPEN = fileURLToPath(new URL("fixtures/open-journal.mjs", import.meta.url).href.replace("/dist/test/", "/test/"));
/** Cuts of a write-ahead log; the full size is 1000. */
const CUTS = Number(process.env.TASKWIRE_CUTS ?? 50);
const ROWS = 1100;

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "taskwire-journal-kills-"));
  file = join(folder, "p.inflight.db");
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Opens the file in a process of its own; undefined when that was killed. */
function open(killBefore?: number, failpoint?: string): Record<string, unknown> | undefined {
  const args = killBefore === undefined ? [OPEN, file] : [OPEN, file, String(killBefore)];
  const env = { ...process.env, TASKWIRE_FAILPOINT: failpoint };
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
  if (signal === "SIGKILL") return undefined;
  if (status !== 0) throw new Error(`ended with ${status ?? signal}: ${stderr}`);
  return JSON.parse(stdout);
}

/** A file as format version 1 wrote it. */
function writeFirstVersion(): void {
  const database = new Database(file);
  database.pragma("journal_mode = WAL");
  database.exec(FIRST_TABLES);
  database.exec(`
    INSERT INTO meta VALUES ('uuid', '7b0e2a52-6a1f-4a6b-8a7b-3f1a52f0c9d1'), ('boot', '41');
    INSERT INTO workers VALUES ('w');
    INSERT INTO partitions VALUES ('work', 0, 'log', 5000);
  `);
  const insert = database.prepare(`INSERT INTO rows VALUES (${Array(24).fill("?").join(", ")})`);
  database.transaction(() => {
    for (let seq = 1; seq <= ROWS; seq += 1) {
      const payload = Buffer.from(`payload ${seq}`);
      const crc = crc32(payload, crc32(`a${seq}\0work\0${0}\0${seq}`));
      const state = seq % 2 === 0 ? "delayed" : "pending";
      const facts = [seq, `a${seq}`, "n", "t", "app", "work", 0, seq, 1000.5, seq % 2 === 0 ? seq : 0, null, 30_000];
      insert.run(
        ...facts,
        seq % 3 === 0 ? 1 : 0,
        1,
        seq % 5 === 0 ? 1 : 0,
        3,
        state,
        0,
        0,
        "",
        null,
        null,
        payload,
        crc,
      );
    }
  })();
  database.close();
}

const ALL = Array.from({ length: ROWS }, (_, index) => index + 1);

describe("kill -9 while the in-flight file is opened", () => {
  it("in its migration, at each of its 21 steps: the next start completes it", () => {
    writeFirstVersion();
    copyFileSync(file, join(folder, "first"));
    let kills = 0;
    for (;;) {
      copyFileSync(join(folder, "first"), file);
      const opened = open(undefined, `journal.migration=kill@${kills + 1}`);
      if (opened !== undefined) break;
      kills += 1;
      const again = open();
      expect(again).toMatchObject({ uuid: "7b0e2a52-6a1f-4a6b-8a7b-3f1a52f0c9d1", boot: 42, rows: ALL, rebuilt: [] });
      expect(again).not.toHaveProperty("quarantine");
      for (const name of readdirSync(folder)) if (name.startsWith("p.")) rmSync(join(folder, name));
    }
    expect(kills).toBeGreaterThanOrEqual(21);
    const { store, recovered } = openStore(file, {});
    expect(recovered.partitions).toEqual([{ topic: "work", partition: 0, logId: "log", position: 5000, done: [] }]);
    expect(recovered.workers).toEqual(["w"]);
    // At-most-once work and retries are remembered; version 1 did not say so.
    expect(recovered.rows.find(({ seq }) => seq === 3)).toMatchObject({ remembered: true, atMostOnce: true });
    expect(recovered.rows.find(({ seq }) => seq === 5)).toMatchObject({ remembered: true, attempts: 1 });
    expect(recovered.rows.find(({ seq }) => seq === 7)).toMatchObject({
      remembered: false,
      payload: Buffer.from("payload 7"),
    });
    store.close();
  }, 120_000);

  it("in its rebuild, before each step: the next start ends it with the same result", () => {
    const { store } = openStore(file, {});
    const partitions = [{ topic: "work", partition: 0, logId: "log", position: 4000, done: [4500, 5000] }];
    const inserts = ALL.slice(0, 200).map((seq) => row(seq, { payload: Buffer.from(`payload ${seq}.`) }));
    store.commit(changes(1, { partitions }), inserts);
    // As kill -9 leaves it: with a write-ahead log that holds the rows.
    for (const side of ["", "-wal", "-commits"]) copyFileSync(file + side, join(folder, `damaged${side}`));
    store.close();
    const log = readFileSync(join(folder, "damaged-wal"));
    const database = new Database(join(folder, "damaged"));
    database.pragma("wal_checkpoint(TRUNCATE)");
    database.close();
    const bytes = readFileSync(join(folder, "damaged"));
    bytes.writeUInt8(bytes.readUInt8(bytes.lastIndexOf("payload 77.") + 3) ^ 1, bytes.lastIndexOf("payload 77.") + 3);
    writeFileSync(join(folder, "damaged"), bytes);
    // What was moved into the file again: harmless, and something to be moved along.
    writeFileSync(join(folder, "damaged-wal"), log.subarray(0, 0));

    let kills = 0;
    for (let opened: object | undefined; opened === undefined; ) {
      for (const name of readdirSync(folder)) {
        if (name.startsWith("p.") || name === "quarantine") rmSync(join(folder, name), { recursive: true });
      }
      for (const side of ["", "-wal", "-commits"]) copyFileSync(join(folder, `damaged${side}`), file + side);
      opened = open(kills + 1);
      if (opened === undefined) kills += 1;
      const result = opened ?? open();
      expect(result, `after a kill before step ${kills}`).toMatchObject({
        uuid: store.uuid,
        rows: ALL.slice(0, 200).filter((seq) => seq !== 77),
        rebuilt: [{ topic: "work", partition: 0, until: 5000, kept: 199 }],
        quarantine: { carriedOver: 199, lost: [{ id: "a77", offset: 77 }], uuidKept: true },
      });
      const databases = readdirSync(join(folder, "quarantine")).filter((name) => name.endsWith(".db"));
      expect(databases).toHaveLength(1);
      expect(
        readdirSync(folder)
          .filter((name) => name.startsWith("p."))
          .sort(),
      ).toEqual(["p.inflight.db", "p.inflight.db-commits"]);
    }
    expect(kills).toBeGreaterThan(8);
  }, 120_000);

  it("in the scan at start: the next start serves", () => {
    const { store } = openStore(file, {});
    store.commit(
      changes(1, {}),
      ALL.map((seq) => row(seq)),
    );
    store.close();
    for (const passage of [1, 3, 5]) {
      expect(open(undefined, `journal.recovery-scan=kill@${passage}`)).toBeUndefined();
    }
    expect(open()).toMatchObject({ rows: ALL, rebuilt: [] });
  });
});

describe("loss of power", () => {
  it(`keeps every acknowledged commit in ${CUTS} cuts of the write-ahead log behind the last durable one`, () => {
    const { store } = openStore(file, {});
    const copies: number[] = [];
    const copy = (number: number) => {
      for (const side of ["", "-wal", "-commits"]) copyFileSync(file + side, join(folder, `${number}${side}`));
      copies.push(readFileSync(`${file}-wal`).length);
    };
    copy(0);
    for (let number = 1; number <= 20; number += 1) {
      const deletes = number % 3 === 0 ? [number * 10 - 25] : [];
      const inserts = Array.from({ length: 1 + (number % 7) }, (_, index) => row(number * 10 + index));
      store.commit(changes(number, { deletes, partitions: [] }), inserts);
      copy(number);
    }
    store.close();
    for (let cut = 0; cut < CUTS; cut += 1) {
      // The last acknowledged commit, and a part of the next one, with noise behind it or nothing.
      const durable = cut % 20;
      const from = copies[durable] ?? 0;
      const to = copies[durable + 1] ?? from;
      for (const side of ["", "-wal"]) copyFileSync(join(folder, `${durable + 1}${side}`), file + side);
      copyFileSync(join(folder, `${durable}-commits`), `${file}-commits`);
      const at = from + Math.floor(Math.random() * (to - from));
      truncateSync(`${file}-wal`, at);
      if (cut % 2 === 0) writeFileSync(`${file}-wal`, Buffer.alloc(5000, cut), { flag: "a" });
      const opened = openStore(file, {});
      expect(opened.store.quarantine).toBeUndefined();
      const seqs = new Set(opened.recovered.rows.map(({ seq }) => seq));
      for (let number = 1; number <= durable; number += 1) {
        const removed = Array.from({ length: durable }, (_, index) => index + 1).filter((each) => each % 3 === 0);
        for (let index = 0; index < 1 + (number % 7); index += 1) {
          const seq = number * 10 + index;
          expect(seqs.has(seq), `row ${seq} after commit ${durable}`).toBe(
            !removed.some((each) => each * 10 - 25 === seq),
          );
        }
      }
      opened.store.close();
      rmSync(`${file}-wal`, { force: true });
    }
  });
});
