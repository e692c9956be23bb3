import { afterEach, describe, expect, it } from "vitest";
import { silentLogger } from "#runtime/base/logger.js";
import { startBroker } from "#runtime/broker/broker.js";
import { openLog } from "#runtime/log/open.js";
import type { Log } from "#runtime/log/port.js";
import type { EnvironmentModel, NamespaceModel } from "#runtime/model/model.js";
import { TaskActivation } from "#runtime/wire/proto/taskbroker.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import { KAFKA_VERSION, KafkaServer, NO_KAFKA } from "../support/kafka/kafka-server.js";
import { outcome, type Running } from "../support/processes/command.js";
import { randomOf } from "../support/random.js";
import { recordsOf } from "../support/topic.js";
import { until } from "../support/waiting.js";

/** Slots that the kills fall into; TASKWIRE_SCHEDULE_SLOTS sets another number. */
const SLOTS = Number(process.env.TASKWIRE_SCHEDULE_SLOTS ?? 300);
const KILLS = 5;
/** Each has a slot a second. */
const TASKS = 20;
const SECOND = 1000;

const EMBEDDED: EnvironmentModel = {
  name: "local",
  clusters: [{ name: "local", kind: "sqlite", file: "log.db" }],
  topics: [{ name: "tasks", cluster: "local", partitions: 1, deadLetter: "tasks-dlq", retry: "tasks" }],
  routes: [{ namespace: "*", topic: "tasks" }],
  pools: [],
};

const namespace: NamespaceModel = {
  name: "ticks",
  tasks: Array.from({ length: TASKS }, (_, index) => ({
    key: `tick_${index}`,
    name: `ticks.tick_${index}`,
    hash: "",
    parameters: [],
    processingDeadline: 30_000,
    atMostOnce: false,
    compression: "auto",
    schedule: {
      plan: { kind: "every", period: SECOND },
      words: "every second",
      missed: 60,
      jitter: 0,
      enabled: true,
    },
  })),
};

let harness: ProcessHarness | undefined;
afterEach(async () => {
  await harness?.[Symbol.asyncDispose]();
  harness = undefined;
});

/** Two schedulers, one after another killed at a moment between slots, until `look` has found enough slots. */
async function killed(
  harness: ProcessHarness,
  look: () => Promise<readonly TaskActivation[]>,
): Promise<readonly TaskActivation[]> {
  const random = randomOf(Date.now());
  const launch = () => harness.start("scheduler is ready", "scheduler", "--model", harness.model);
  const running: Running[] = [await launch(), await launch()];
  let kills = 0;
  for (let found: readonly TaskActivation[] = []; found.length < SLOTS || kills < KILLS; kills += 1) {
    const wanted = found.length + 1 + random(TASKS);
    found = await until(async () => {
      const seen = await look();
      return seen.length >= wanted && seen;
    }, 1 + random(200));
    const victim = random(running.length);
    await running[victim]?.kill();
    running[victim] = await launch();
  }
  for (const each of running) expect(await each.stop()).toBe(0);
  return look();
}

/** Every slot of every task from its first one on, each once. */
function expectEachSlotOnce(activations: readonly TaskActivation[]): void {
  expect(new Set(activations.map(({ id }) => id)).size).toBe(activations.length);
  for (const { name } of namespace.tasks) {
    const slots = activations
      .filter(({ taskname }) => taskname === name)
      .map(({ headers }) => Date.parse(headers.get("taskwire-slot") ?? ""))
      .sort((one, other) => one - other);
    const first = slots[0] ?? 0;
    expect(slots.length).toBeGreaterThan(1);
    expect(slots).toEqual(slots.map((_, index) => first + index * SECOND));
  }
}

describe("two scheduler processes, one after another killed at random", () => {
  it("append one activation a slot to an embedded log", async () => {
    harness = new ProcessHarness(EMBEDDED, "", {}, [namespace]);
    await using log = await opened(harness);
    const look = async () => (await recordsOf(log, "tasks")).map(({ value }) => TaskActivation.decode(value));
    expectEachSlotOnce(await killed(harness, look));
  }, 180_000);

  it.skipIf(NO_KAFKA !== undefined)(
    `have one activation a slot accepted by the broker of a Kafka ${KAFKA_VERSION} ${NO_KAFKA ?? ""}`,
    async () => {
      await using server = await KafkaServer.start();
      const environment: EnvironmentModel = {
        name: "saas",
        clusters: [{ name: "general", kind: "kafka", brokers: [server.address()], tls: false }],
        topics: [{ name: "tasks", cluster: "general", partitions: 4, deadLetter: "tasks-dlq", retry: "tasks" }],
        routes: [{ namespace: "*", topic: "tasks" }],
        pools: [
          {
            name: "default",
            topics: ["tasks"],
            group: "test.saas.default",
            maxPendingCount: 16_384,
            maxProcessingCount: 16_384,
            maxProcessingAttempts: 5,
            maxProcessingDeadline: 3_600_000,
          },
        ],
      };
      harness = new ProcessHarness(environment, "", {}, [namespace]);
      const created = await outcome(["topics", "--create", "--model", harness.model, "--env", "saas"]);
      expect(created).toMatchObject({ code: 0 });
      expect(created.said).toMatch(/taskwire-schedule +general +schedules +1 +created/);
      // What the topic holds twice, because a process died between append and mark, has one id: brokers take one of it.
      const broker = await startBroker({
        environment,
        pool: "default",
        dataFolder: harness.data,
        logger: silentLogger,
      });
      const accepted: TaskActivation[] = [];
      const session = await broker.sessions.open(
        {
          application: "test",
          worker: "the test",
          tasks: namespace.tasks.map(({ name }) => ({ name, hash: "" })),
          slots: 1000,
          held: [],
        },
        {
          lost: () => {},
          cancel: () => {},
          deliver(deliveries) {
            accepted.push(...deliveries.map(({ activation }) => TaskActivation.decode(activation)));
            session.settle(deliveries.map(({ claim }) => ({ kind: "complete", claim }))).catch(() => {});
            session.credit(deliveries.length);
          },
        },
      );
      session.credit(1000);
      try {
        expectEachSlotOnce(await killed(harness, async () => [...accepted]));
      } finally {
        await broker.stop();
      }
    },
    300_000,
  );
});

async function opened(harness: ProcessHarness): Promise<Log & AsyncDisposable> {
  const log = await openLog({ name: "local", kind: "sqlite", file: "log.db" }, harness.data);
  return Object.assign(log, { [Symbol.asyncDispose]: () => log.close() });
}
