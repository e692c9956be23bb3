import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TaskwireError } from "#runtime/base/errors.js";
import { LogHarness } from "../integration/log/log-harness.js";
import { randomOf } from "../support/random.js";

/** TASKWIRE_FAULT_RUNS=N for more, TASKWIRE_FAULT_SEED=N for the same again. */
const RUNS = Number(process.env.TASKWIRE_FAULT_RUNS ?? 60);
const SEED = Number(process.env.TASKWIRE_FAULT_SEED ?? 1);
const RECORDS = 2000;

let harness: LogHarness;

beforeEach(() => {
  harness = new LogHarness();
});
afterEach(() => harness[Symbol.asyncDispose]());

const recordAt = (offset: number) => Buffer.alloc(40 + ((offset * 37) % 400), `${offset} `);

/** What reading a damaged file gave: how many whole records, lost ones, and whether it ended with a named error. */
async function readAll(damaged: LogHarness): Promise<{ read: number; lost: number; refused: boolean }> {
  let read = 0;
  let lost = 0;
  let next = 0;
  const reading = damaged.read(damaged.open());
  try {
    while (next < RECORDS) {
      const event = await reading.event();
      if (event.kind === "assigned") {
        expect(event).toMatchObject({ first: 0, end: RECORDS });
      } else if (event.kind === "damaged") {
        expect(event.from).toBe(next);
        lost += event.to - event.from;
        next = event.to;
      } else if (event.kind === "batch") {
        for (const { offset, key, value } of event.records) {
          expect([offset, key, Buffer.from(value).equals(recordAt(offset))]).toEqual([next, `key ${offset}`, true]);
          next += 1;
          read += 1;
        }
      }
    }
  } catch (error) {
    if (!(error instanceof TaskwireError)) throw error;
    expect(error.code).toMatch(/^log_(corrupt|not_a_database|not_a_log|format|failed|io_error)$/);
    return { read, lost, refused: true };
  }
  return { read, lost, refused: false };
}

describe("a bit that flips anywhere in the file", () => {
  test(`in ${RUNS} tries (seed ${SEED}) never changes a record that is read, and loses none in silence`, {
    timeout: 60_000 + RUNS * 2000,
  }, async () => {
    const random = randomOf(SEED);
    const log = harness.open();
    for (let offset = 0; offset < RECORDS; offset += 50) {
      const keys = Array.from({ length: 50 }, (_, index) => offset + index);
      await log.append(
        "orders",
        keys.map((key) => ({ key: `key ${key}`, value: recordAt(key) })),
      );
    }
    await log.close();
    let detected = 0;
    for (let run = 0; run < RUNS; run += 1) {
      await using damaged = new LogHarness();
      copyFileSync(harness.file, damaged.file);
      const bytes = readFileSync(damaged.file);
      const at = random(bytes.length);
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random(8)), at);
      writeFileSync(damaged.file, bytes);
      const { read, lost, refused } = await readAll(damaged);
      if (!refused) expect(read + lost).toBe(RECORDS);
      if (refused || lost > 0) detected += 1;
    }
    // Most of the file is records.
    expect(detected).toBeGreaterThan(RUNS / 2);
  });
});
