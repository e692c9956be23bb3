import { join } from "node:path";
import { expect, it } from "vitest";
import { FaultHarness } from "../support/harness/fault-harness.js";
import type { Plan } from "./fixtures/producer.js";
import { environment } from "./fixtures/tasks.js";

const FIXTURES = join(import.meta.dirname, "../../dist/test/fault/fixtures");

/** So few are pending at a time that reading is held back for as long as there is a backlog. */
const FEW = 50;
/** More than the messages of one stream that may wait for their acknowledgement. */
const COUNT = 6000;

it("a broker killed between commit and acknowledgement continues with its backlog when its worker brings back what is settled already", async () => {
  const pools = environment.pools.map((pool) => ({ ...pool, maxPendingCount: FEW }));
  await using harness = new FaultHarness({ ...environment, pools }, join(FIXTURES, "handlers.js"));
  const plan: Plan = Array.from({ length: COUNT / 100 }, () => ({ after: 0, work: [{ kind: "quick", count: 100 }] }));
  await harness.producer(join(FIXTURES, "producer.js"), [JSON.stringify(plan)]).ended;
  const broker = await harness.broker("outcomes.durable=kill@3");
  await harness.worker("--concurrency", "2", "--children", "1");
  await broker.ended;
  harness.killed("broker", broker.pid);
  await harness.serving();
  expect(await harness.settled()).toMatchObject({ problems: [], accepted: COUNT, completed: COUNT });
});
