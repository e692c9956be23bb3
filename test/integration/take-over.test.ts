import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TaskActivationStatus } from "#runtime/wire/proto/taskbroker.js";
import { LocalBroker } from "../support/harness/local-broker.js";
import { until } from "../support/waiting.js";
import { ConsumerClient } from "../support/wire/consumer-client.js";

// What docs/guide/python.md says of taking a namespace over, with a client that fetches as a Python worker does.

const RENDER = { application: "py", namespace: "pictures", task: "pictures.render" };
const CROP = { application: "py", namespace: "pictures", task: "pictures.crop" };

let local: LocalBroker;
let python: ConsumerClient;

beforeEach(async () => {
  local = new LocalBroker();
  const { address = "" } = await local.start({ listen: "127.0.0.1:0", limits: { parkAfter: 300 } });
  python = new ConsumerClient(address);
});

afterEach(async () => {
  python.close();
  await local[Symbol.asyncDispose]();
});

/** Fetches until it has had so many, and completes each; their wire names. */
async function fetched(count: number): Promise<string[]> {
  const names: string[] = [];
  while (names.length < count) {
    const task = await python.getTask({ application: "py", namespace: "pictures" }).catch(() => undefined);
    if (task === undefined) continue;
    names.push(task.taskname ?? "");
    const status = TaskActivationStatus.TASK_ACTIVATION_STATUS_COMPLETE;
    await python.setTaskStatus({ id: task.id ?? "", status });
  }
  return names.sort();
}

describe("taking a namespace over from Python, task by task, and back", () => {
  it("a Python worker is handed every task of its namespace, also one that a TypeScript worker has", async () => {
    await local.send(RENDER, CROP);
    expect(await fetched(2)).toEqual(["pictures.crop", "pictures.render"]);
  });

  it("a TypeScript worker is handed the tasks that it has only; the others are parked, named, and Python's again later", async () => {
    await local.worker("py", ["pictures.render"]);
    await local.send(RENDER, CROP, RENDER, CROP);
    await local.shows(({ ended }) => ended.completed === 2);
    const status = await local.shows(({ counts }) => counts.parked === 2);
    expect(status.unclaimed).toMatchObject([{ application: "py", task: "pictures.crop", parked: 2 }]);
    expect(await fetched(2)).toEqual(["pictures.crop", "pictures.crop"]);
    await until(async () => (await local.status()).unclaimed.length === 0);
    expect((await local.status()).ended).toMatchObject({ completed: 4, deadlettered: 0, discarded: 0 });
  });

  it("a namespace of its own keeps a task from Python's workers, under the same wire name", async () => {
    await local.send({ ...RENDER, namespace: "pictures_ts" }, CROP);
    expect(await fetched(1)).toEqual(["pictures.crop"]);
    await local.worker("py", ["pictures.render"]);
    await local.shows(({ ended }) => ended.completed === 2);
  });
});
