import { describe, expect, it } from "vitest";
import { Intake, type IntakeEngine } from "#runtime/broker/intake/intake.js";
import type { LogReader, StoredPosition } from "#runtime/log/port.js";
import { ManualClock } from "../worker/manual-clock.js";

/** An intake whose log is asked how one partition stands, each second. */
function start(stored: () => Promise<StoredPosition[]>, engine: Partial<IntakeEngine> = {}) {
  const clock = new ManualClock();
  const silences: unknown[] = [];
  const failures: unknown[] = [];
  const reader: LogReader = {
    async *[Symbol.asyncIterator]() {},
    commit: async () => {},
    pause: () => {},
    resume: () => {},
    close: async () => {},
    stored,
  };
  const intake = new Intake(
    reader,
    ["T"],
    {
      apply: () => {},
      durable: async () => {},
      positionOf: () => undefined,
      journalCommit: () => "",
      asks: () => [{ topic: "T", partition: 0 }],
      ...engine,
    },
    "journal",
    { topics: new Map(), clock },
    { damaged: () => {}, silent: (error) => silences.push(error), failed: (error) => failures.push(error) },
  );
  const second = async () => {
    clock.advance(1000);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { intake, second, silences, failures };
}

describe("a log that does not say how its partitions stand", () => {
  it("is reported once while it is silent, once when it answers, and asked all the time", async () => {
    const away = new Error("away");
    let asked = 0;
    const { second, silences, failures } = start(async () => {
      asked += 1;
      if (asked < 4) throw away;
      return [];
    });
    for (let n = 0; n < 6; n += 1) await second();
    expect([asked, silences, failures]).toEqual([6, [away, undefined], []]);
  });

  it("is not blamed for what the broker itself did wrong: that ends the broker", async () => {
    const broken = new TypeError("broken");
    const { second, silences, failures } = start(async () => [], {
      asks: () => {
        throw broken;
      },
    });
    await second();
    expect([silences, failures]).toEqual([[], [broken]]);
  });
});
