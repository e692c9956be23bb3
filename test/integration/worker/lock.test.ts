import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, describe, expect, it } from "vitest";
import { type Clock, systemClock } from "#runtime/base/clock.js";
import { SqliteLock } from "#runtime/worker/lock/sqlite.js";
import { SkippingClock } from "../../support/skipping-clock.js";
import { fixture } from "./support.js";

const HOUR = 3_600_000;
const folders: string[] = [];
const locks: SqliteLock[] = [];

afterEach(async () => {
  for (const lock of locks.splice(0)) await lock.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function file(): string {
  const folder = mkdtempSync(join(tmpdir(), "taskwire-lock-"));
  folders.push(folder);
  return join(folder, "locks.db");
}

function open(path: string, clock: Clock = systemClock()): SqliteLock {
  const lock = new SqliteLock(() => path, clock);
  locks.push(lock);
  return lock;
}

describe("the at-most-once lock", () => {
  it("belongs to the first caller, also among simultaneous callers and other processes", async () => {
    const path = file();
    const [one, two] = [open(path), open(path)];
    const answers = await Promise.all([one, two, one, two].map((lock) => lock.add("a", HOUR)));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await two.add("b", HOUR)).toBe(true);
    expect(await one.add("b", HOUR)).toBe(false);
  });

  it("is free again after its time, and expired keys are removed from the file", async () => {
    const path = file();
    const clock = new SkippingClock();
    const lock = open(path, clock);
    expect(await lock.add("a", HOUR)).toBe(true);
    expect(await lock.add("b", 3 * HOUR)).toBe(true);
    clock.skip(2 * HOUR);
    expect(await lock.add("b", HOUR)).toBe(false);
    const database = new Database(path, { readonly: true });
    expect(database.prepare("SELECT key FROM locks").pluck().all()).toEqual(["b"]);
    database.close();
    expect(await lock.add("a", HOUR)).toBe(true);
  });

  it("outlives kill -9 of the process that took it", async () => {
    const path = file();
    const child = fork(fixture("takes-lock.mjs"), [path], { stdio: "ignore" });
    const taken = await new Promise<unknown>((resolve) => child.once("message", resolve));
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
    expect(taken).toEqual([true, true, true]);
    const lock = open(path);
    expect(await Promise.all(["k0", "k1", "k2", "k3"].map((key) => lock.add(key, HOUR)))).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  it("rejects, naming the file, when that is another program's database", async () => {
    const path = file();
    const database = new Database(path);
    database.exec("CREATE TABLE theirs (a)");
    database.close();
    await expect(open(path).add("a", HOUR)).rejects.toMatchObject({
      code: "lock_failed",
      message: expect.stringContaining(`${path} is a SQLite database of another program`),
    });
  });
});
