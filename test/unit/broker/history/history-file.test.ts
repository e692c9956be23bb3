import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Logger } from "#runtime/base/logger.js";
import { HistoryFile } from "#runtime/broker/history/file/history-file.js";
import { History } from "#runtime/broker/history/history.js";
import { listEnds } from "#runtime/broker/history/list-ends.js";
import { until } from "../../../support/waiting.js";
import { ManualClock } from "../../worker/manual-clock.js";
import { Ends, WALL } from "./ended.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "taskwire-history-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = (name = "default.ndjson") => join(folder, "history", name);
const text = (name?: string) => (existsSync(path(name)) ? readFileSync(path(name), "utf8") : "");
const linesOf = (name?: string) =>
  text(name)
    .split("\n")
    .filter((line) => line !== "");

/** A broker's history with its file. */
async function start(largest?: number) {
  const clock = new ManualClock();
  const logged: string[] = [];
  const note = (message: string) => logged.push(message);
  const logger: Logger = { debug: note, info: note, warn: note, error: note };
  const history = new History(WALL + 1_000_000);
  const options = { folder, pool: "default", history, clock, logger, ...(largest === undefined ? {} : { largest }) };
  const file = await HistoryFile.open(options);
  const ends = new Ends(history);
  const list = async () => (await listEnds(history, { limit: 1000 }, WALL)).ends;
  return { clock, logged, history, file, ends, list };
}

/** Seconds pass until it is so: the file is not written while the write before has not ended. */
const written = (clock: ManualClock, isSo: () => boolean) =>
  until(() => {
    clock.advance(1000);
    return isSo();
  });

describe("the history file", () => {
  it("is written once a second, and read back at the next start: ends, completions and groups", async () => {
    const first = await start();
    first.ends.end({ id: "a", how: "failure", at: 5, error: "Error: order 5 is gone", ran: 3 });
    first.ends.end({ id: "b", at: 6 });
    first.clock.advance(999);
    expect(text()).toBe("");
    first.clock.advance(1);
    await until(() => linesOf().length === 2);
    first.ends.end({ id: "c", how: "expired", at: 7, reason: "expired", error: "" });
    await first.file.close();
    const second = await start();
    expect(await second.list()).toEqual(await first.list());
    expect(second.history.since).toBe(WALL + 5);
    expect(second.history.groups.list(WALL)).toMatchObject([{ count: 1, ids: ["a"] }]);
    second.ends.end({ id: "d", how: "failure", at: 8, error: "Error: order 7 is gone" });
    expect((await second.list()).map(({ id }) => id)).toEqual(["d", "c", "b", "a"]);
    expect(second.history.groups.list(WALL)).toMatchObject([{ count: 2 }]);
    await second.file.close();
    expect(linesOf()).toHaveLength(4);
  });

  it("loses nothing but the line that a kill has cut, wherever that is", async () => {
    const first = await start();
    for (let n = 0; n < 5; n += 1) first.ends.end({ id: `i${n}`, how: "failure", at: n });
    await first.file.close();
    const whole = readFileSync(path());
    const last = whole.lastIndexOf("\n", whole.length - 2) + 1;
    for (let length = last; length < whole.length; length += 7) {
      writeFileSync(path(), whole.subarray(0, length));
      const next = await start();
      expect((await next.list()).map(({ id }) => id)).toEqual(["i3", "i2", "i1", "i0"]);
      next.ends.end({ id: "new", how: "failure", at: 100 });
      await next.file.close();
      const after = await start();
      expect((await after.list()).map(({ id }) => id)).toEqual(["new", "i3", "i2", "i1", "i0"]);
      await after.file.close();
    }
  });

  it("skips damaged lines, whatever is in them", async () => {
    const first = await start();
    first.ends.end({ id: "a", how: "failure", at: 1 });
    await first.file.close();
    const [line = ""] = linesOf();
    const damaged = [
      "null",
      "[]",
      "7",
      "\u0000\u0000",
      line.slice(0, 50),
      line.replace('"attempt":1', '"attempt":"1"'),
      line.replace(/"at":"[^"]*"/, '"at":"yesterday"'),
      line.replace('"reason":"error"', '"reason":"bad luck"'),
      line.replace('"worker":"w"', '"worker":{}'),
    ];
    appendFileSync(path(), `${damaged.join("\n")}\n${line.replace('"id":"a"', '"id":"b"')}\n`);
    const second = await start();
    expect((await second.list()).map(({ id }) => id)).toEqual(["b", "a"]);
    await second.file.close();
  });

  it("gets at most 500 ends a second, failed ones first, and a line with the number of the others", async () => {
    const { clock, ends, file } = await start();
    for (let n = 0; n < 40; n += 1) ends.end({ id: `done${n}`, at: n * 100 });
    for (let n = 0; n < 700; n += 1) ends.end({ id: `i${n}`, how: "retry", at: 4000 });
    clock.advance(1000);
    await until(() => linesOf().length === 501);
    const lines: { id?: string; leftOut?: number }[] = linesOf().map((line) => JSON.parse(line));
    expect([lines[0]?.id, lines[499]?.id]).toEqual(["i200", "i699"]);
    // Of 40 completions 32 are kept, and one of them is also the slowest.
    expect(lines[500]).toMatchObject({ leftOut: 200 + 32 });
    clock.advance(1000);
    await file.close();
    expect(linesOf()).toHaveLength(501);
  });

  it("is four files of a bounded size, of which the last bytes are read back across files", async () => {
    const largest = 20_000;
    const first = await start(largest);
    for (let second = 0; second < 62; second += 1) {
      for (let n = 0; n < 10; n += 1)
        first.ends.end({ id: `i${second * 10 + n}`, how: "failure", at: second * 1000 + n });
      await written(first.clock, () => text().includes(`"i${second * 10 + 9}"`));
    }
    await first.file.close();
    expect(readdirSync(join(folder, "history")).sort()).toEqual([
      "default.1.ndjson",
      "default.2.ndjson",
      "default.3.ndjson",
      "default.ndjson",
    ]);
    for (const name of readdirSync(join(folder, "history")))
      expect(statSync(path(name)).size).toBeLessThanOrEqual(largest);
    const second = await start(largest);
    const ids = (await second.list()).map(({ id }) => id);
    expect(ids).toEqual(Array.from({ length: ids.length }, (_, n) => `i${619 - n}`));
    expect(ids.length).toBeGreaterThan(linesOf().length);
    await second.file.close();
  });

  it("logs once that it cannot be written, and once that it can again", async () => {
    writeFileSync(join(folder, "history"), "a file where the folder should be");
    const { clock, ends, file, logged, list } = await start();
    for (let n = 0; n < 3; n += 1) {
      ends.end({ id: `i${n}`, how: "failure", at: n });
      await written(clock, () => logged.some((message) => message.includes("cannot be written")));
    }
    rmSync(join(folder, "history"));
    ends.end({ id: "i3", how: "failure", at: 3 });
    await file.close();
    expect(logged.filter((message) => message.includes("cannot be written"))).toHaveLength(1);
    expect(logged.at(-1)).toBe("the history of ends is written again");
    expect(await list()).toHaveLength(4);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });
});
