import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { text } from "../conformance/log-support.js";
import { LogHarness } from "../integration/log/log-harness.js";
import { randomOf } from "../support/random.js";

/** TASKWIRE_FAULT_RUNS=N for more, TASKWIRE_FAULT_SEED=N for the same again. */
const RUNS = Number(process.env.TASKWIRE_FAULT_RUNS ?? 100);
const SEED = Number(process.env.TASKWIRE_FAULT_SEED ?? Date.now() % 1_000_000);
const MOMENTS = 12;
const WAL_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

let harness: LogHarness;

beforeEach(() => {
  harness = new LogHarness();
});
afterEach(() => harness[Symbol.asyncDispose]());

/** Copies of the file as it was when an append was acknowledged, and of its WAL as it was some appends later. */
interface Moment {
  readonly copy: string;
  /** Records acknowledged at that time. */
  readonly acknowledged: number;
  /** Bytes of the WAL that held their commits; of those behind the disk may have none, some, or anything else. */
  readonly durable: number;
}

const fileBytes = (file: string) => readFileSync(file);
/** Another one: the WAL was restarted. */
const walOf = (file: string) => fileBytes(`${file}-wal`).toString("hex", 16, 24);

/** Bytes of the WAL up to its last commit, as the wal-index says. */
function committedBytes(file: string): number {
  const frames = fileBytes(`${file}-shm`).readUInt32LE(16);
  return WAL_HEADER_BYTES + frames * (FRAME_HEADER_BYTES + fileBytes(file).readUInt16BE(16));
}

async function takeMoments(random: (below: number) => number): Promise<Moment[]> {
  const log = harness.open();
  let number = 0;
  const append = async () => {
    const records = Array.from({ length: 1 + random(40) }, () => {
      return { value: Buffer.alloc(20 + random(3000), `${number++} `) };
    });
    await log.append("orders", records);
  };
  const moments: Moment[] = [];
  while (moments.length < MOMENTS) {
    for (let calls = random(20); calls >= 0; calls -= 1) await append();
    if (random(3) === 0) {
      // Moves the WAL into the file; the next append restarts the WAL.
      const other = new Database(harness.file);
      other.pragma("wal_checkpoint(PASSIVE)");
      other.close();
      if (random(2) === 0) await append();
    }
    const copy = join(harness.folder, `moment-${moments.length}`);
    const wal = walOf(harness.file);
    const moment = { copy, acknowledged: number, durable: committedBytes(harness.file) };
    copyFileSync(harness.file, `${copy}.db`);
    for (let calls = random(4); calls > 0; calls -= 1) await append();
    copyFileSync(`${harness.file}-wal`, `${copy}.wal`);
    // A WAL that was restarted in between does not belong to that copy of the file.
    if (walOf(harness.file) === wal) moments.push(moment);
  }
  await log.close();
  return moments;
}

/** Opens the file as a power loss may leave it: the WAL ends somewhere behind the acknowledged appends, in garbage. */
async function lose({ copy, acknowledged, durable }: Moment, random: (below: number) => number): Promise<void> {
  await using after = new LogHarness();
  copyFileSync(`${copy}.db`, after.file);
  const wal = fileBytes(`${copy}.wal`);
  const end = Math.min(durable + random(wal.length - durable + 1), wal.length);
  const left = Buffer.from(wal.subarray(0, end));
  if (end > durable) {
    for (let bytes = random(200); bytes > 0; bytes -= 1) left.writeUInt8(random(256), durable + random(end - durable));
  }
  writeFileSync(`${after.file}-wal`, left);
  const log = after.open();
  const reading = after.read(log);
  const assigned = await reading.assigned();
  expect(assigned.end).toBeGreaterThanOrEqual(acknowledged);
  const recovered = (await reading.take(assigned.end)).map((record) => Number.parseInt(text(record), 10));
  expect(recovered).toEqual(Array.from({ length: assigned.end }, (_, index) => index));
  expect((await log.append("orders", [{ value: Buffer.from("next") }]))[0]?.offset).toBe(assigned.end);
  await log.close();
  const db = new Database(after.file);
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  db.close();
}

describe("power loss", () => {
  test(`in ${RUNS} tries (seed ${SEED}) leaves all that was acknowledged, in order, in a sound file that takes further appends`, {
    timeout: 60_000 + RUNS * 2000,
  }, async () => {
    const random = randomOf(SEED);
    const moments = await takeMoments(random);
    for (let run = 0; run < RUNS; run += 1) {
      const moment = moments[random(moments.length)];
      if (moment !== undefined) await lose(moment, random);
    }
  });
});
