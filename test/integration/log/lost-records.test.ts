import { join } from "node:path";
import Database from "better-sqlite3";
import { connect } from "taskwire";
import { expect, test } from "vitest";
import { openLog } from "#runtime/log/open.js";
import type { ReadRecord } from "#runtime/log/port.js";
import { ProcessHarness } from "../../support/harness/process-harness.js";
import { until } from "../../support/waiting.js";
import { FOLDER_VARIABLE, history } from "../fixtures/history.js";
import { environment, things } from "../fixtures/tasks.js";

const HANDLERS = join(import.meta.dirname, "../../../dist/test/integration/fixtures/handlers.js");

test("records that the disk damaged end as dead letters that name their offsets; their neighbours run", async () => {
  const variables: NodeJS.ProcessEnv = {};
  await using harness = new ProcessHarness(environment, HANDLERS, variables);
  variables[FOLDER_VARIABLE] = harness.data;
  {
    await using client = await connect(environment, { dataFolder: harness.data });
    void client;
    await things.quick.delayMany(Array.from({ length: 600 }, (_, n) => ({ n })));
  }
  const db = new Database(join(harness.data, "log.db"));
  const topic = db.prepare<unknown[], number>("SELECT id FROM topics WHERE name = 'work'").pluck().get();
  db.exec(`UPDATE chunks_${topic} SET body = zeroblob(length(body)) WHERE first = 256`);
  db.close();

  const broker = await harness.broker();
  await harness.worker();
  await until(async () => {
    const { ended } = await harness.status();
    return ended.completed === 600 - 256 && ended.deadlettered === 256;
  });
  expect(broker.said()).toContain("the log lost acknowledged records");
  expect(history(harness.data).filter(({ what }) => what === "start")).toHaveLength(600 - 256);
  await broker.stop();

  const cluster = environment.clusters[0];
  if (cluster === undefined) throw new Error("no cluster");
  const log = await openLog(cluster, harness.data);
  const deadLetters: ReadRecord[] = [];
  for await (const event of log.read(["work-dlq"], { group: "test", journal: "the test" })) {
    if (event.kind === "batch") deadLetters.push(...event.records);
    if (deadLetters.length >= 256) break;
  }
  await log.close();
  expect(deadLetters.map(({ headers }) => Number(headers?.["taskwire-offset"]))).toEqual(
    Array.from({ length: 256 }, (_, index) => 256 + index),
  );
  expect(deadLetters[0]).toMatchObject({
    headers: { "taskwire-reason": "undecodable", "taskwire-error": expect.stringContaining("checksum") },
  });
});
