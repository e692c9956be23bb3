import { connect } from "taskwire";
import { expect, it } from "vitest";
import { type TaskActivation, TaskActivationStatus } from "#runtime/wire/proto/taskbroker.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import { until } from "../support/waiting.js";
import { ConsumerClient } from "../support/wire/consumer-client.js";
import { environment, faults } from "./fixtures/tasks.js";

const ROUNDS = 12;
const QUICK = 12;
const COMPLETE = TaskActivationStatus.TASK_ACTIVATION_STATUS_COMPLETE;

/** One that runs at most once after every 12 that may run again. */
const isOnce = ({ taskname }: TaskActivation) => taskname === "faults.once";

it("kill -9 in a commit: what a worker without a session was answered since the commit before may run again, at-most-once work never", async () => {
  let repeated = 0;
  for (const at of [5, 6, 7, 8, 9]) repeated += await killedInCommit(at);
  // Else no answer came before its commit, and the test shows nothing.
  expect(repeated).toBeGreaterThan(0);
}, 120_000);

/** How many activations ran again after their conclusion was answered. */
async function killedInCommit(at: number): Promise<number> {
  await using harness = new ProcessHarness(environment, "");
  {
    await using client = await connect(environment, { dataFolder: harness.data });
    void client;
    for (let round = 0; round < ROUNDS; round += 1) {
      await faults.quick.delayMany(Array.from({ length: QUICK }, (_, n) => ({ n })));
      await faults.once.delay({ n: round });
    }
  }
  const broker = await harness.launchBroker({ TASKWIRE_FAILPOINT: `journal.commit-begun=kill@${at}` });
  const starts = new Map<string, number>();
  const once = new Set<string>();
  /** Answered as complete, and not known to be on disk yet. */
  const open = new Set<string>();
  /** Answered as complete, and on disk. */
  const closed = new Set<string>();
  const wrong: string[] = [];
  let repeated = 0;
  const started = (task: TaskActivation | undefined) => {
    if (task === undefined) return undefined;
    starts.set(task.id, (starts.get(task.id) ?? 0) + 1);
    if (isOnce(task)) once.add(task.id);
    if (closed.has(task.id)) wrong.push(task.id);
    if (open.delete(task.id)) repeated += 1;
    return task;
  };
  const concluded = (task: TaskActivation) => {
    if (!isOnce(task)) {
      open.add(task.id);
      return;
    }
    // It was answered after its commit, which has everything before it.
    for (const id of [...open, task.id]) closed.add(id);
    open.clear();
  };
  /** What the worker holds, also when the broker is gone. */
  let held: TaskActivation | undefined;
  const work = async (client: ConsumerClient) => {
    for (let task = held ?? started(await client.getTask()); task !== undefined; task = held) {
      held = task;
      const next = await client.setTaskStatus({ id: task.id, status: COMPLETE, fetchNextTask: {} });
      concluded(task);
      held = started(next) ?? started(await client.getTask().catch(notFound));
    }
  };

  const address = await harness.address();
  const first = new ConsumerClient(address);
  await until(async () => {
    await work(first).catch(() => {});
    return broker.child.signalCode === "SIGKILL";
  });
  first.close();
  await harness.broker();
  const second = new ConsumerClient(address);
  await work(second);
  await until(async () => {
    const { counts } = await harness.status();
    return counts.pending + counts.delayed + counts.retry + counts.failure === 0;
  });
  second.close();

  expect([...once].filter((id) => starts.get(id) !== 1)).toEqual([]);
  expect(wrong).toEqual([]);
  // A claim of at-most-once work whose answer was lost with the broker is not started by anybody.
  const quick = [...starts.keys()].filter((id) => !once.has(id));
  expect(quick).toHaveLength(ROUNDS * QUICK);
  expect(once.size).toBeGreaterThanOrEqual(ROUNDS - 1);
  return repeated;
}

function notFound(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === 5) return undefined;
  throw error;
}
