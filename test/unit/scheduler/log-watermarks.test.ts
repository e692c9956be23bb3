import { expect, it } from "vitest";
import { silentLogger } from "#runtime/base/logger.js";
import { memoryLog } from "#runtime/log/memory/log.js";
import { LogWatermarks, SCHEDULE_TOPIC } from "#runtime/scheduler/log-watermarks.js";
import { watermarkText } from "#runtime/scheduler/state-codec.js";

it("watermarks in a log keep the state of the schedules that are declared, however many others the topic names", async () => {
  const log = memoryLog();
  const record = (key: string, value: string) => ({ key, value: Buffer.from(value) });
  const watermark = { until: 7, plan: "p" };
  const strangers = Array.from({ length: 10_000 }, (_, n) => record(`mark:made.up.${n}`, watermarkText(watermark)));
  const unreadable = Array.from({ length: 10_000 }, (_, n) => record(`pause:made.up.${n}`, "{"));
  await log.append(SCHEDULE_TOPIC, [...strangers, ...unreadable]);
  await log.append(SCHEDULE_TOPIC, [record("mark:ticks.often", watermarkText(watermark))]);
  let warned = 0;
  const logger = { ...silentLogger, warn: () => (warned += 1) };
  const watermarks = new LogWatermarks({ log, group: "g", logger, tasks: new Set(["ticks.often"]) });
  const owned = new Promise<void>((resolve) => void watermarks.open(() => watermarks.owned && resolve()));
  await owned;
  expect(watermarks.stateOf("ticks.often")).toEqual({ watermark });
  expect(watermarks.stateOf("made.up.0")).toEqual({});
  expect(warned).toBe(0);
  expect(await watermarks.advance("ticks.often", watermark, { until: 8, plan: "p" })).toBe(true);
  await watermarks.close();
});
