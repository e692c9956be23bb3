import { join } from "node:path";
import Database from "better-sqlite3";
import { connect } from "taskwire";
import { expect, test } from "vitest";
import { openLog } from "#runtime/log/open.js";
import type { ReadRecord } from "#runtime/log/port.js";
import { Bed } from "../../support/harness/process-harness.js";
import { until } from "../../support/waiting.js";
import { FOLDER_VARIABLE, history } from "../fixtures/history.js";
import { environment, things } from "../fixtures/tasks.js";

const HANDLERS = join(import.meta.dirname, "../../../dist/test/integration/fixtures/handlers.js");

test("records that the disk damaged end as dead letters that name their offsets; their neighbours run", async () => {
  const variables: NodeJS.ProcessEnv = {};
  await using bed = new Bed(environment, HANDLERS, variables);
  variables[FOLDER_VARIABLE] = bed.data;
  {
    await using client = await connect(environment, { dataFolder: bed.data });
    void client;
    await things.quick.delayMany(Array.from({ length: 600 }, (_, n) => ({ n })));
  }
  const db = new Database(join(bed.data, "log.db"));
  const topic = db.prepare<unknown[], number>("SELECT id FROM topics WHERE name = 'work'").pluck().get();
  db.exec(`UPDATE chunks_${topic} SET body = zeroblob(length(body)) WHERE first = 256`);
  db.close();

  const broker = await bed.broker();
  await bed.worker();
  await until(async () => {
    const { ended } = await bed.status();
    return ended.completed === 600 - 256 && ended.deadlettered === 256;
  });
  expect(broker.said()).toContain("the log lost records");
  expect(history(bed.data).filter(({ what }) => what === "start")).toHaveLength(600 - 256);
  await broker.stop();

  const cluster = environment.clusters[0];
  if (cluster === undefined) throw new Error("no cluster");
  const log = await openLog(cluster, bed.data);
  const letters: ReadRecord[] = [];
  for await (const event of log.read(["work-dlq"], { group: "test", journal: "the test" })) {
    if (event.kind === "batch") letters.push(...event.records);
    if (letters.length >= 256) break;
  }
  await log.close();
  expect(letters.map(({ headers }) => Number(headers?.["taskwire-offset"]))).toEqual(
    Array.from({ length: 256 }, (_, index) => 256 + index),
  );
  expect(letters[0]).toMatchObject({
    headers: { "taskwire-reason": "undecodable", "taskwire-error": expect.stringContaining("checksum") },
  });
});
