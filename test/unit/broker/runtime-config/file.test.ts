import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type LogFields, silentLogger } from "#runtime/base/logger.js";
import { RuntimeConfigFile } from "#runtime/broker/runtime-config/file.js";
import { silentMeter } from "#runtime/telemetry/broker-metrics.js";
import { ENVIRONMENT, POOL } from "../../../support/harness/local-broker.js";
import { until } from "../../../support/waiting.js";
import { ManualClock } from "../../worker/manual-clock.js";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "taskwire-rules-"));
  file = join(folder, "rules.yaml");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function replace(task: string): void {
  writeFileSync(`${file}.new`, `drop_task_killswitch: [${task}]`);
  renameSync(`${file}.new`, file);
}

it("a change that cannot be applied is reported and retried, and later changes are read", async () => {
  replace("one");
  const clock = new ManualClock();
  const errors: (LogFields | undefined)[] = [];
  const logger = { ...silentLogger, error: (_: string, fields?: LogFields) => void errors.push(fields) };
  const environment = ENVIRONMENT;
  const rules = await RuntimeConfigFile.open({ file, environment, pool: POOL, clock, logger, meter: silentMeter });
  let broken = true;
  const inForce: (readonly string[])[] = [];
  rules.follow(() => {
    if (broken) throw new Error("nobody obeys");
    inForce.push(rules.state.droppedTasks);
  });
  /** The file is looked at every 5 s. */
  const shows = (look: () => boolean) =>
    until(() => {
      clock.advance(5000);
      return look();
    });
  replace("two");
  await shows(() => rules.state.error !== undefined);
  expect(rules.state.error).toBe("it could not be applied: nobody obeys");
  broken = false;
  await shows(() => inForce.length > 0 && rules.state.current);
  expect(inForce.at(-1)).toEqual(["two"]);
  broken = true;
  replace("three");
  await shows(() => !rules.state.current);
  broken = false;
  replace("four");
  await shows(() => inForce.at(-1)?.[0] === "four");
  expect([rules.state.current, errors.length]).toEqual([true, 2]);
  rules.close();
});
