import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { flagsOf } from "../../bench/peers/flags.js";
import { latencyChart, throughputChart } from "../../bench/peers/page/charts.js";
import { section } from "../../bench/peers/page/markdown.js";
import type { Result } from "../../bench/peers/page/result.js";
import { countsIn, exactlyOnce, runsIn } from "../../bench/peers/tallies.js";

const sampleOf = (rate: number, p50: number) => ({
  rates: { bulk: rate, one: rate },
  latencies: { apart: { p50, p99: 2 * p50 } },
  memory: { one: { broker: 100 } },
  checked: 1000,
});
const described = (name: string) => ({ name, version: "1", durability: `${name} on disk`, setting: "fast" });
const result: Result = {
  date: "2026-11-30",
  machine: { node: "v20", processors: 2, model: "CPU", memoryGiB: 24, linux: "Linux", load: 0, fsyncMs: 1 },
  seconds: 600,
  count: 1000,
  contenders: [described("Taskwire"), described("Peer"), described("Poller")],
  samples: {
    Taskwire: [sampleOf(2000, 4), sampleOf(3000, 5)],
    Peer: [sampleOf(1000, 2), sampleOf(1000, 10)],
    Poller: [sampleOf(500, 250), sampleOf(500, 250)],
  },
  pull: { Taskwire: [{ sixteen: 2000, one: 200 }], Rust: [] },
  missing: ["Rust: set TASKBROKER_BIN"],
};
const page = section(result, { throughput: "t.svg", latency: "l.svg" });

describe("the section about the peers", () => {
  it("has a row for each measure with the median and range, and durability beside the figures", () => {
    expect(page).toContain("| an acknowledged activation is | Taskwire on disk | Peer on disk | Poller on disk |");
    expect(page).toContain("| bulk enqueue, /s | 2,500 (2,000-3,000) | 1,000 | 500 |");
    expect(page).toContain("| 50 callers at once, /s | - | - | - |");
  });

  it("compares round by round, and a shorter latency counts as better", () => {
    expect(page).toContain("| bulk enqueue | **2.50x** (2.00-3.00) | **5.00x** (4.00-6.00) |");
    expect(page).toContain("| idle latency, apart, p50 | **1.25x** (0.50-2.00) | **56.25x** (50.00-62.50) |");
  });

  it("counts what was checked, and names what was not measured", () => {
    expect(page).toContain("Each of the 6,000 activations ran exactly once");
    expect(page).toContain("| 16 clients | 2,000 | not measured | - |");
    expect(page).toContain("Not measured: Rust: set TASKBROKER_BIN.");
  });

  it("draws every contender, but no latency many times ours, which would hide the others", () => {
    expect(throughputChart(result)).toContain(">Poller<");
    expect(latencyChart(result)).toContain(">Peer<");
    expect(latencyChart(result)).not.toContain(">Poller<");
  });
});

describe("the flags of bench:peers", () => {
  it("have defaults, and refuse what is not a whole number from 1", () => {
    const defaults = {
      rounds: 5,
      count: 50_000,
      only: [],
      json: undefined,
      write: false,
      from: undefined,
      python: false,
    };
    expect(flagsOf([])).toEqual(defaults);
    expect(flagsOf(["--rounds", "2", "--only", "BullMQ", "--write"])).toMatchObject({ rounds: 2, write: true });
    expect(() => flagsOf(["--rounds", "0"])).toThrow("--rounds: expected a whole number from 1, got 0");
    expect(() => flagsOf(["--fast"])).toThrow("--fast");
  });
});

describe("what handlers have counted", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "taskwire-tally-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const runs = (pid: number, ...head: number[]) => writeFileSync(join(folder, `${pid}.runs`), new Float64Array(head));

  it("is the sum over processes, from the first run to the last", () => {
    runs(1, 10, 100, 200);
    runs(2, 5, 90, 150);
    writeFileSync(join(folder, "3.runs"), "");
    expect(runsIn(folder)).toEqual({ ran: 15, first: 90, last: 200 });
  });

  it("is complete only when every process has written the counts of its last run", () => {
    runs(1, 2, 100, 200);
    expect(countsIn(folder)).toBeUndefined();
    writeFileSync(join(folder, "1.counts"), Uint8Array.of(1, 1));
    writeFileSync(join(folder, "1.rest"), JSON.stringify({ ran: 1, latencies: [] }));
    expect(countsIn(folder)).toBeUndefined();
    writeFileSync(join(folder, "1.rest"), JSON.stringify({ ran: 2, latencies: [3] }));
    expect(countsIn(folder)).toEqual({ counts: [Buffer.of(1, 1)], latencies: [3] });
  });

  it("holds when each number ran once in any process, and fails for a missing, a repeated and an unknown one", () => {
    const all = [Uint8Array.of(1, 0, 0), Uint8Array.of(0, 1)];
    expect(() => exactlyOnce("it", 2, all)).not.toThrow();
    expect(() => exactlyOnce("it", 3, all)).toThrow("missed 1 (2)");
    expect(() => exactlyOnce("it", 2, [...all, Uint8Array.of(0, 1)])).toThrow(
      "ran more than once or was never sent 1 (1)",
    );
    expect(() => exactlyOnce("it", 1, all)).toThrow("was never sent 1 (1)");
  });
});
