import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import { SqliteMarks } from "#runtime/scheduler/sqlite-watermarks.js";

let folder: string;
let marks: SqliteMarks;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "taskwire-marks-"));
  marks = new SqliteMarks(join(folder, "local.schedule.db"));
  await marks.open();
});
afterEach(async () => {
  await marks.close();
  rmSync(folder, { recursive: true });
});

const first = { until: 1000, plan: "p" };
const second = { until: 2000, plan: "p" };

it("a mark is replaced by whoever knows it, once", async () => {
  expect(await marks.mark("t", undefined, first)).toBe(true);
  expect(await marks.mark("t", undefined, second)).toBe(false);
  expect(await marks.mark("t", first, { ...first, claim: { slot: 2000, at: 1999 } })).toBe(true);
  expect(await marks.mark("t", first, second)).toBe(false);
  expect(marks.stateOf("t")).toEqual({ mark: { ...first, claim: { slot: 2000, at: 1999 } } });
});

it("a mark in another spelling, as another version may write it, is the same mark", async () => {
  const other = new Database(join(folder, "local.schedule.db"));
  other.prepare("INSERT INTO entries (task, mark) VALUES ('t', ?)").run('{ "plan": "p", "until": 1000, "more": 1 }');
  other.close();
  expect(marks.stateOf("t")).toEqual({ mark: first });
  expect(await marks.mark("t", first, second)).toBe(true);
  expect(marks.stateOf("t")).toEqual({ mark: second });
});

it("what is no mark is refused by name", () => {
  const other = new Database(join(folder, "local.schedule.db"));
  other.prepare("INSERT INTO entries (task, mark) VALUES ('t', 'nonsense')").run();
  other.close();
  expect(() => marks.stateOf("t")).toThrow("expected what a scheduler keeps of an entry, got nonsense");
});

it("a pause and a mark are kept beside each other and over a restart", async () => {
  await marks.pause("t", { paused: true, at: 5 });
  await marks.mark("t", undefined, first);
  await marks.close();
  marks = new SqliteMarks(join(folder, "local.schedule.db"));
  await marks.open();
  expect(marks.stateOf("t")).toEqual({ mark: first, pause: { paused: true, at: 5 } });
});

it("a database of another program is refused by name and left as it is", async () => {
  const file = join(folder, "other.schedule.db");
  const other = new Database(file);
  other.exec("CREATE TABLE theirs (x)");
  other.close();
  const wrong = new SqliteMarks(file);
  await expect(wrong.open()).rejects.toThrow(`${file} is a SQLite database of another program`);
  await wrong.close();
  const again = new Database(file);
  expect(again.prepare("SELECT name FROM sqlite_master").pluck().all()).toEqual(["theirs"]);
  again.close();
});

it("several processes may open a new file at the same moment", async () => {
  const script = `
    const { SqliteMarks } = await import(${JSON.stringify(import.meta.resolve("#runtime/scheduler/sqlite-watermarks.js"))});
    const folder = process.argv[1];
    // Released at once by the line on stdin.
    process.stdout.write("ready");
    await new Promise((resolve) => process.stdin.once("data", resolve));
    for (let n = 0; n < 100; n += 1) {
      const marks = new SqliteMarks(folder + "/" + n + ".schedule.db");
      await marks.open();
      await marks.close();
    }
    process.exit(0);`;
  const processes = [1, 2, 3].map(() =>
    spawn(process.execPath, ["--input-type=module", "--eval", script, folder], { stdio: ["pipe", "pipe", "pipe"] }),
  );
  const said = processes.map(() => "");
  const ends = processes.map(async (child, index) => {
    child.stderr.on("data", (bytes: Buffer) => {
      said[index] += bytes.toString();
    });
    const [code] = await once(child, "close");
    return code;
  });
  await Promise.all(processes.map((child) => once(child.stdout, "data")));
  for (const child of processes) child.stdin.write("go");
  expect(await Promise.all(ends), said.join("")).toEqual([0, 0, 0]);
});
