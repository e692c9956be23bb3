import { expect, it } from "vitest";
import { silentLogger } from "#runtime/base/logger.js";
import { memoryLog } from "#runtime/log/memory/log.js";
import { LogMarks, SCHEDULE_TOPIC } from "#runtime/scheduler/log-watermarks.js";
import { markText } from "#runtime/scheduler/state-codec.js";

it("marks in a log keep the state of the schedules that are declared, however many others the topic names", async () => {
  const log = memoryLog();
  const record = (key: string, value: string) => ({ key, value: Buffer.from(value) });
  const mark = { until: 7, plan: "p" };
  const strangers = Array.from({ length: 10_000 }, (_, n) => record(`mark:made.up.${n}`, markText(mark)));
  const unreadable = Array.from({ length: 10_000 }, (_, n) => record(`pause:made.up.${n}`, "{"));
  await log.append(SCHEDULE_TOPIC, [...strangers, ...unreadable]);
  await log.append(SCHEDULE_TOPIC, [record("mark:ticks.often", markText(mark))]);
  let warned = 0;
  const logger = { ...silentLogger, warn: () => (warned += 1) };
  const marks = new LogMarks({ log, group: "g", logger, tasks: new Set(["ticks.often"]) });
  const owned = new Promise<void>((resolve) => void marks.open(() => marks.owned && resolve()));
  await owned;
  expect(marks.stateOf("ticks.often")).toEqual({ mark });
  expect(marks.stateOf("made.up.0")).toEqual({});
  expect(warned).toBe(0);
  expect(await marks.mark("ticks.often", mark, { until: 8, plan: "p" })).toBe(true);
  await marks.close();
});
