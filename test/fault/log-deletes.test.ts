import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ReadRecord } from "#runtime/log/port.js";
import { text } from "../conformance/log-support.js";
import { LogHarness } from "../integration/log/log-harness.js";

const DELETER = fileURLToPath(new URL("fixtures/log-deleter.mjs", import.meta.url));
const LOG_MODULE = import.meta.resolve("#runtime/log/sqlite/log.js");
/** About 10 MB in 80 chunks: several transactions of either verb. */
const RECORDS = 20_000;
const HEADERS = { "taskwire-reason": "error" };

let harness: LogHarness;

beforeEach(async () => {
  harness = new LogHarness();
  const log = harness.open();
  for (let from = 0; from < RECORDS; from += 1000) {
    const records = Array.from({ length: 1000 }, (_, index) => {
      return { key: `key ${from + index}`, headers: HEADERS, value: Buffer.from(letterOf(from + index)) };
    });
    await log.append("orders", records);
  }
  await log.close();
});
afterEach(() => harness[Symbol.asyncDispose]());

const letterOf = (offset: number): string => `value ${offset} `.padEnd(450, "v");

/** Runs the deleter; resolves with the signal that ended it. */
async function deleted(failpoint: string, verb: "trim" | "scrub", number: number): Promise<NodeJS.Signals | null> {
  const env = { ...process.env, TASKWIRE_FAILPOINT: failpoint };
  const child = harness.track(fork(DELETER, [LOG_MODULE, harness.file, verb, String(number)], { env }));
  const [code, signal] = await once(child, "exit");
  if (signal === null) expect(code).toBe(0);
  return signal;
}

/** All records of the topic; each has its own offset, key and headers. */
async function kept(): Promise<{ readonly first: number; readonly records: readonly ReadRecord[] }> {
  const log = harness.open();
  const records: ReadRecord[] = [];
  const { first, end } = await log.browse("orders", 0, 0, 1);
  expect(end).toBe(RECORDS);
  for (let next = first; next < end; ) {
    const found = await log.browse("orders", 0, next, 1000);
    expect(found.damaged).toBeUndefined();
    records.push(...found.records);
    next = found.next;
  }
  await log.close();
  expect(records.map(({ offset }) => offset)).toEqual(records.map((_, index) => first + index));
  expect(records.filter(({ key, offset }) => key !== `key ${offset}`)).toEqual([]);
  expect(records.filter(({ headers }) => headers?.["taskwire-reason"] !== "error")).toEqual([]);
  return { first, records };
}

describe("kill -9 in every transaction", () => {
  test("of a scrub: records have their value or none, all that was not asked for is whole, and repeating finishes", async () => {
    const emptied: number[] = [];
    for (let at = 1; ; at += 1) {
      const signal = await deleted(`log.scrub=kill@${at}`, "scrub", RECORDS);
      const { first, records } = await kept();
      expect([first, records.length]).toEqual([0, RECORDS]);
      const whole = records.filter((record) => text(record) === letterOf(record.offset));
      const empty = records.filter(({ value }) => value.length === 0);
      expect(whole.length + empty.length).toBe(RECORDS);
      expect(empty.filter(({ offset }) => offset % 2 === 0)).toEqual([]);
      emptied.push(empty.length);
      if (signal === null) break;
      expect(signal).toBe("SIGKILL");
    }
    // The first kill comes before any commit; each run commits what the ones before it did not.
    expect(emptied[0]).toBe(0);
    expect(emptied.at(-1)).toBe(RECORDS / 2);
    expect(emptied.length).toBeGreaterThan(2);
    expect(emptied).toEqual([...emptied].sort((a, b) => a - b));
  });

  test("of a trim: what is left is whole and follows on, and repeating finishes", async () => {
    const before = Date.now() + 60_000;
    const firsts: number[] = [];
    for (let killed = true; killed; ) {
      // Each run deletes one slice, and dies in the second.
      const signal = await deleted("log.trim=kill@2", "trim", before);
      const { first, records } = await kept();
      expect(records.length).toBe(RECORDS - first);
      expect(records.filter((record) => text(record) !== letterOf(record.offset))).toEqual([]);
      firsts.push(first);
      killed = signal === "SIGKILL";
    }
    expect(firsts.at(-1)).toBe(RECORDS);
    expect(firsts.length).toBeGreaterThan(2);
    expect(new Set(firsts).size).toBeGreaterThanOrEqual(firsts.length - 1);
  });
});
