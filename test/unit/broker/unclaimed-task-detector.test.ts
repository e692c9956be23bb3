import { describe, expect, it } from "vitest";
import { type LogFields, type Logger, silentLogger } from "#runtime/base/logger.js";
import { UnclaimedTaskDetector } from "#runtime/broker/observe/unclaimed-task-detector.js";
import type { UnclaimedTask } from "#runtime/operations/status/document.js";
import { ManualClock } from "../worker/manual-clock.js";

const task = (name: string, oldest: number): UnclaimedTask => ({
  application: "app",
  namespace: "ns",
  task: name,
  pending: 1,
  parked: 2,
  oldest,
});

function start() {
  const clock = new ManualClock();
  const said: { message: string; fields: LogFields }[] = [];
  const waiting: UnclaimedTask[] = [];
  const warn: Logger["warn"] = (message, fields = {}) => void said.push({ message, fields });
  const detector = new UnclaimedTaskDetector(clock, { ...silentLogger, warn }, () => waiting);
  return { clock, said, waiting, detector };
}

describe("the detector of unclaimed tasks", () => {
  it("names a task that waits for 30 s, once in five minutes, with its counts", () => {
    const { clock, said, waiting, detector } = start();
    waiting.push(task("young", 29_000), task("old", 30_000));
    clock.advance(60_000);
    expect(said).toEqual([
      {
        message: "no connected worker handles this task; its activations are waiting",
        fields: { application: "app", namespace: "ns", task: "old", pending: 1, parked: 2, oldest: 30_000 },
      },
    ]);
    clock.advance(300_000);
    expect(said).toHaveLength(2);
    detector.stop();
    expect(clock.timers).toBe(0);
  });

  it("names a task again that was taken in between", () => {
    const { clock, said, waiting } = start();
    waiting.push(task("old", 30_000));
    clock.advance(10_000);
    waiting.splice(0);
    clock.advance(10_000);
    waiting.push(task("old", 31_000));
    clock.advance(10_000);
    expect(said).toHaveLength(2);
  });

  it("is not made to fill the log by many names", () => {
    const { clock, said, waiting } = start();
    waiting.push(...Array.from({ length: 5000 }, (_, n) => task(`task ${n}`, 60_000)));
    clock.advance(10_000);
    expect(said).toHaveLength(21);
    expect(said.at(-1)).toMatchObject({ fields: { tasks: 4980 } });
  });
});
