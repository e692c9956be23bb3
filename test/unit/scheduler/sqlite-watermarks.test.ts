import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import { SqliteWatermarks } from "#runtime/scheduler/sqlite-watermarks.js";

let folder: string;
let watermarks: SqliteWatermarks;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "taskwire-marks-"));
  watermarks = new SqliteWatermarks(join(folder, "local.schedule.db"));
  await watermarks.open();
});
afterEach(async () => {
  await watermarks.close();
  rmSync(folder, { recursive: true });
});

const first = { until: 1000, plan: "p" };
const second = { until: 2000, plan: "p" };

it("a watermark is replaced by a scheduler that knows it, once", async () => {
  expect(await watermarks.advance("t", undefined, first)).toBe(true);
  expect(await watermarks.advance("t", undefined, second)).toBe(false);
  expect(await watermarks.advance("t", first, { ...first, claim: { slot: 2000, at: 1999 } })).toBe(true);
  expect(await watermarks.advance("t", first, second)).toBe(false);
  expect(watermarks.stateOf("t")).toEqual({ watermark: { ...first, claim: { slot: 2000, at: 1999 } } });
});

it("a watermark in another spelling, as another version may write it, is the same watermark", async () => {
  const other = new Database(join(folder, "local.schedule.db"));
  other.prepare("INSERT INTO entries (task, mark) VALUES ('t', ?)").run('{ "plan": "p", "until": 1000, "more": 1 }');
  other.close();
  expect(watermarks.stateOf("t")).toEqual({ watermark: first });
  expect(await watermarks.advance("t", first, second)).toBe(true);
  expect(watermarks.stateOf("t")).toEqual({ watermark: second });
});

it("what is no watermark is refused by name", () => {
  const other = new Database(join(folder, "local.schedule.db"));
  other.prepare("INSERT INTO entries (task, mark) VALUES ('t', 'nonsense')").run();
  other.close();
  expect(() => watermarks.stateOf("t")).toThrow("expected the state of a schedule, got nonsense");
});

it("a pause and a watermark are kept beside each other and over a restart", async () => {
  await watermarks.pause("t", { paused: true, at: 5 });
  await watermarks.advance("t", undefined, first);
  await watermarks.close();
  watermarks = new SqliteWatermarks(join(folder, "local.schedule.db"));
  await watermarks.open();
  expect(watermarks.stateOf("t")).toEqual({ watermark: first, pause: { paused: true, at: 5 } });
});

it("a database of another program is refused by name and left as it is", async () => {
  const file = join(folder, "other.schedule.db");
  const other = new Database(file);
  other.exec("CREATE TABLE theirs (x)");
  other.close();
  const wrong = new SqliteWatermarks(file);
  await expect(wrong.open()).rejects.toThrow(`${file} is a SQLite database of another program`);
  await wrong.close();
  const again = new Database(file);
  expect(again.prepare("SELECT name FROM sqlite_master").pluck().all()).toEqual(["theirs"]);
  again.close();
});

it("several processes may open a new file at the same moment", async () => {
  const script = `
    const { SqliteWatermarks } = await import(${JSON.stringify(import.meta.resolve("#runtime/scheduler/sqlite-watermarks.js"))});
    const folder = process.argv[1];
    // Released at once by the line on stdin.
    process.stdout.write("ready");
    await new Promise((resolve) => process.stdin.once("data", resolve));
    for (let n = 0; n < 100; n += 1) {
      const watermarks = new SqliteWatermarks(folder + "/" + n + ".schedule.db");
      await watermarks.open();
      await watermarks.close();
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
