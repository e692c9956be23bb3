import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Log } from "#runtime/log/port.js";
import { sqliteLog } from "#runtime/log/sqlite/log.js";

const LETTERS = 100_000;
const REPLAYED = 20_000;
const BATCH = 250;
const PAGES = 200;
const HEADERS = {
  "taskwire-id": "0192ab00-0000-7000-8000-000000000000",
  "taskwire-reason": "error",
  "taskwire-error": "Error: timed out\n    at deliver (file:///srv/app/src/handlers/1.ts:10:20)",
  "taskwire-failed-at": "2026-01-01T00:00:00.000Z",
};

/**
 * Dead letters of 600 bytes on an embedded log: reading all of them, one page and one of them by offset, and replaying them
 * as appends go, each batch of activations and then their markers.
 */
export async function operationsLog(): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), "taskwire-bench-"));
  const log = sqliteLog({ file: join(folder, "log.db") });
  try {
    await fill(log);
    const from = performance.eventLoopUtilization();
    const walked = await seconds(() => walk(log));
    const { active } = performance.eventLoopUtilization(from);
    return {
      "all, letters/s": Math.round(LETTERS / walked),
      "all, main thread ms for each 250": round((active / LETTERS) * BATCH),
      "page of 100, ms": round((await seconds(() => pages(log, 100))) * (1000 / PAGES)),
      "one by offset, ms": round((await seconds(() => pages(log, 1))) * (1000 / PAGES)),
      "replay/s": Math.round(REPLAYED / (await seconds(() => replay(log)))),
      "limit replay/s": 5000,
    };
  } finally {
    await log.close();
    rmSync(folder, { recursive: true });
  }
}

async function fill(log: Log): Promise<void> {
  const value = Buffer.alloc(600, 7);
  for (let at = 0; at < LETTERS; at += BATCH) {
    const letters = Array.from({ length: BATCH }, (_, n) => ({ key: `work/0/${at + n}`, headers: HEADERS, value }));
    await log.append("work-dlq", letters);
  }
}

async function walk(log: Log): Promise<void> {
  for (let next = 0; next < LETTERS; ) ({ next } = await log.browse("work-dlq", 0, next, BATCH));
}

async function pages(log: Log, limit: number): Promise<void> {
  for (let page = 0; page < PAGES; page += 1) await log.browse("work-dlq", 0, (page * 7919) % (LETTERS - limit), limit);
}

async function replay(log: Log): Promise<void> {
  for (let next = 0; next < REPLAYED; ) {
    const found = await log.browse("work-dlq", 0, next, BATCH);
    await log.append("work", found.records);
    const markers = found.records.map(({ key, headers }) => {
      return {
        key,
        headers: { ...headers, "taskwire-resolved": "replayed" },
        value: Buffer.alloc(0),
        tombstone: true as const,
      };
    });
    await log.append("work-dlq", markers, { partition: 0 });
    next = found.next;
  }
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1000;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
