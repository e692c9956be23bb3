import { describe, expect, test } from "vitest";
import type { ChunkFacts } from "#runtime/log/sqlite/file/topic-table.js";
import { dispensable } from "#runtime/log/sqlite/file/trim.js";

const HOUR_MS = 3_600_000;
const MIB = 1024 ** 2;
const NOW = Date.UTC(2026, 0, 2);

/** Chunks of ten offsets each. */
function chunks(count: number, bytes: number, at = NOW): ChunkFacts[] {
  return Array.from({ length: count }, (_, index) => {
    return { end: (index + 1) * 10, before: index * bytes, after: (index + 1) * bytes, at };
  });
}

describe("what may be trimmed", () => {
  test("is every whole chunk below the lowest unsettled offset", () => {
    const progress = { unsettled: 35, position: 90, now: NOW };
    expect(dispensable(chunks(10, 100), progress, 900)).toBe(3);
    expect(dispensable(chunks(10, 100), { ...progress, unsettled: 40 }, 900)).toBe(4);
    expect(dispensable(chunks(10, 100), { ...progress, unsettled: 0 }, 900)).toBe(0);
  });

  test("is what is more than 24 h old, up to the position, although something below is not settled", () => {
    const old = [...chunks(4, 100, NOW - 24 * HOUR_MS - 1), ...chunks(10, 100, NOW - 24 * HOUR_MS).slice(4)];
    expect(dispensable(old, { unsettled: 5, position: 90, now: NOW }, 900)).toBe(4);
    expect(dispensable(old, { unsettled: 5, position: 35, now: NOW }, 300)).toBe(3);
  });

  test("is what is more than 1 GiB behind the position", () => {
    const wide = chunks(2000, MIB);
    expect(dispensable(wide, { unsettled: 5, position: 20_000, now: NOW }, 1024 * MIB)).toBe(0);
    expect(dispensable(wide, { unsettled: 5, position: 20_000, now: NOW }, 1027 * MIB)).toBe(2);
  });

  test("is at most one slice of 4 MiB at a time, and at least one chunk", () => {
    const all = { unsettled: 1000, position: 1000, now: NOW };
    expect(dispensable(chunks(100, MIB), all, 100 * MIB)).toBe(4);
    expect(dispensable(chunks(100, 64 * MIB), all, 6400 * MIB)).toBe(1);
  });
});
