import { status } from "@grpc/grpc-js";
import { connect } from "taskwire";
import type { EnvironmentModel } from "taskwire/model";
import { expect, it } from "vitest";
import { TaskActivationStatus } from "#runtime/wire/proto/taskbroker.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import { readDeadLetters } from "../support/topic.js";
import { until } from "../support/waiting.js";
import { ConsumerClient } from "../support/wire/consumer-client.js";
import { environment, faults } from "./fixtures/tasks.js";

const COUNT = 800;
/** Each broker is killed in a commit, the first in its fourth, the next in its fifth and so on. */
const FIRST = 4;
/** How many brokers are killed, at least; up to MOST while fewer than ENDS reports got no answer. */
const BROKERS = 8;
const MOST = 20;
const ENDS = 5;
const COMPLETE = TaskActivationStatus.TASK_ACTIVATION_STATUS_COMPLETE;

/** A claim whose end is lost fails 10 s and the grace after its hand-out. */
const brief: EnvironmentModel = {
  ...environment,
  pools: environment.pools.map((pool) => ({ ...pool, maxProcessingDeadline: 10_000 })),
};

type Report = (client: ConsumerClient, id: string) => Promise<unknown>;
const one: Report = (client, id) => client.setTaskStatus({ id, status: COMPLETE });
const batch: Report = (client, id) => client.setBatchActivationStatus([{ id, status: COMPLETE }]);
/** How each worker reports; all are at work at the same time. */
const WORKERS = [one, batch, one, batch];

it("kill -9 in a commit: at-most-once work whose end was answered to a worker without a session has completed, and is no dead letter", async () => {
  await using harness = new ProcessHarness(brief, "");
  {
    await using client = await connect(brief, { dataFolder: harness.data });
    void client;
    await faults.once.delayMany(Array.from({ length: COUNT }, (_, n) => ({ n })));
  }
  const started: string[] = [];
  /** Answered as complete. */
  const answered = new Set<string>();
  const address = await harness.address();

  const work = async (isOver: () => boolean | Promise<boolean>) => {
    const run = async (report: Report) => {
      const client = new ConsumerClient(address);
      await until(async () => {
        const task = await client.getTask().catch(nothing);
        if (task === undefined) return isOver();
        started.push(task.id);
        // It reports once: an end that is not on disk is lost with the broker.
        await report(client, task.id).then(() => answered.add(task.id), nothing);
        return undefined;
      }, 5);
      client.close();
    };
    await Promise.all(WORKERS.map(run));
  };

  const unanswered = () => started.length - answered.size;
  for (let killed = 0; killed < BROKERS || (killed < MOST && unanswered() < ENDS); killed += 1) {
    const failpoint = `journal.commit-begun=kill@${FIRST + killed}`;
    const broker = await harness.launchBroker({ TASKWIRE_FAILPOINT: failpoint });
    await work(() => broker.child.signalCode === "SIGKILL");
  }
  await harness.broker();
  // Ids of at-most-once work are remembered on disk when it has ended, however it ended.
  await work(async () => (await harness.status()).finishedIds === COUNT);
  await until(async () => Object.values((await harness.status()).counts).every((count) => count === 0));

  const dead = await readDeadLetters(harness);
  expect(dead.filter(({ id }) => answered.has(id))).toEqual([]);
  // What is no dead letter has completed: it was started, once.
  const ids = dead.map(({ id }) => id);
  expect(new Set([...started, ...ids]).size).toBe(COUNT);
  expect(new Set(started).size).toBe(started.length);
  expect(new Set(ids).size).toBe(ids.length);
  // Else no broker took an end with it, and the test shows nothing.
  expect(dead.filter(({ id }) => started.includes(id)).length).toBeGreaterThan(0);
  expect(new Set(dead.map(({ reason }) => reason))).toEqual(new Set(["worker_lost"]));
}, 180_000);

/** The broker has no work, or is gone. */
function nothing(error: unknown): undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === status.NOT_FOUND || code === status.UNAVAILABLE) return undefined;
  throw error;
}
