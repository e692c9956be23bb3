import { join } from "node:path";
import { connect } from "taskwire";
import { describe, expect, it } from "vitest";
import { FaultHarness } from "../support/harness/fault-harness.js";
import type { Running } from "../support/processes/command.js";
import { alive, childrenOf } from "../support/processes/operating-system.js";
import { until } from "../support/waiting.js";
import { misbehaving } from "./fixtures/misbehaving-tasks.js";
import type { Plan } from "./fixtures/producer.js";
import { environment } from "./fixtures/tasks.js";

const FIXTURES = join(import.meta.dirname, "../../dist/test/fault/fixtures");
const HANDLERS = join(FIXTURES, "handlers.js");
const MISBEHAVING = join(FIXTURES, "misbehaving-handlers.js");
const PRODUCER = join(FIXTURES, "producer.js");

const ROUNDS = process.env.TASKWIRE_FAULT_FULL === "1" ? 20 : 8;
const WORKER = ["--concurrency", "8", "--children", "1"] as const;
/** Bytes of history before each stop: about thirty activations. */
const PROGRESS_BYTES = 10_000;

const LOAD: Plan = [
  {
    after: 50,
    work: [
      { kind: "quick", count: 8 },
      { kind: "once", count: 3 },
      { kind: "slowOnce", count: 2 },
      { kind: "flaky", count: 1 },
    ],
  },
];

/** Broker and worker with a run that waits for another one, which nobody sends. */
async function withLongRun(harness: FaultHarness, start: () => Promise<Running>): Promise<Running> {
  const running = await start();
  await using _client = await connect(environment, { dataFolder: harness.processes.data });
  await misbehaving.together.delay({ n: 2 }, { id: "long/1" });
  await until(() => harness.history.read().some(({ what }) => what === "started"));
  return running;
}

describe("SIGTERM of a worker", () => {
  it(`under load, ${ROUNDS} times: exit code 0; nothing is lost and nothing runs twice`, async () => {
    await using harness = new FaultHarness(environment, HANDLERS);
    await harness.serving();
    let worker = await harness.worker(...WORKER);
    const producer = harness.producer(PRODUCER, [JSON.stringify(LOAD), "again"]);
    for (let round = 0; round < ROUNDS; round += 1) {
      const from = harness.history.size;
      await until(() => harness.history.size > from + PROGRESS_BYTES);
      // harness's stop() kills after 10 s, and then there is no exit code.
      const [code, next] = await Promise.all([worker.stop(), harness.worker(...WORKER)]);
      expect(code, worker.said()).toBe(0);
      worker = next;
    }
    await producer.stop();
    expect(await harness.settled()).toMatchObject({ problems: [], duplicated: 0 });
  }, 600_000);

  it("returns what still runs at the end of the grace, with exit code 0; another worker runs it", async () => {
    await using harness = new FaultHarness(environment, MISBEHAVING);
    await harness.serving();
    const worker = await withLongRun(harness, () => harness.worker(...WORKER, "--drain-grace", "100ms"));
    expect(await worker.stop(), worker.said()).toBe(0);
    await harness.worker(...WORKER);
    await using _client = await connect(environment, { dataFolder: harness.processes.data });
    await misbehaving.together.delay({ n: 2 }, { id: "long/2" });
    await until(() => harness.history.ended().length === 2);
    expect(harness.history.ended().map(({ id, attempt }) => `${id} ${attempt}`)).toEqual(
      expect.arrayContaining(["long/1 1", "long/2 1"]),
    );
  });

  for (const command of ["worker", "dev"] as const) {
    it.skipIf(process.platform !== "linux")(
      `a second time ends taskwire ${command} at once with exit code 1, and its children (needs Linux's /proc)`,
      async () => {
        await using harness = new FaultHarness(environment, MISBEHAVING);
        if (command === "worker") await harness.serving();
        const running = await withLongRun(harness, () =>
          command === "worker" ? harness.worker(...WORKER) : harness.processes.dev("--concurrency", "8"),
        );
        const children = childrenOf(running.pid);
        expect(children.filter(alive).length).toBeGreaterThan(0);
        running.child.kill("SIGTERM");
        await until(() => /"signal":"SIGTERM"|stopping signal=SIGTERM/.test(running.said()));
        running.child.kill("SIGTERM");
        await running.ended;
        expect(running.child.exitCode, running.said()).toBe(1);
        await until(() => !children.some(alive));
      },
    );
  }
});
