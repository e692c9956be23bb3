import { afterEach, describe, expect, it } from "vitest";
import { openLog } from "#runtime/log/open.js";
import type { Log, ReadRecord } from "#runtime/log/port.js";
import type { EnvironmentModel, NamespaceModel } from "#runtime/model/model.js";
import { TaskActivation } from "#runtime/wire/proto/taskbroker.js";
import { Bed, type Running, until } from "../support/bed.js";
import { randomOf } from "../support/random.js";
import { recordsOf } from "../support/topic.js";

/** Slots that the kills fall into; TASKWIRE_SCHEDULE_SLOTS sets another number. */
const SLOTS = Number(process.env.TASKWIRE_SCHEDULE_SLOTS ?? 300);
/** Each has a slot a second. */
const TASKS = 20;
const SECOND = 1000;

const environment: EnvironmentModel = {
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

describe("two scheduler processes on one embedded log", () => {
  let bed: Bed | undefined;
  let log: Log | undefined;
  afterEach(async () => {
    await log?.close();
    await bed?.[Symbol.asyncDispose]();
  });

  it("accept one activation a slot, while one after another is killed at random", async () => {
    bed = new Bed(environment, "", {}, [namespace]);
    log = await openLog({ name: "local", kind: "sqlite", file: "log.db" }, bed.data);
    const opened = log;
    const random = randomOf(Date.now());
    const launch = () => (bed as Bed).start("scheduler is ready", "scheduler", "--model", (bed as Bed).model);
    const running: Running[] = [await launch(), await launch()];
    let kills = 0;
    let records: ReadRecord[] = [];
    while (records.length < SLOTS) {
      // A kill falls anywhere between two slots.
      const seen = records.length;
      const wanted = seen + 1 + random(TASKS);
      records = await until(async () => {
        const found = await recordsOf(opened, "tasks");
        return found.length >= Math.min(wanted, SLOTS) && found;
      }, 1 + random(200));
      const victim = random(running.length);
      await running[victim]?.kill();
      kills += 1;
      running[victim] = await launch();
    }
    for (const each of running) expect(await each.stop()).toBe(0);
    records = await recordsOf(opened, "tasks");
    const activations = records.map(({ value }) => TaskActivation.decode(value));
    expect(new Set(activations.map(({ id }) => id)).size).toBe(activations.length);
    expect(kills).toBeGreaterThan(5);
    for (const { name } of namespace.tasks) {
      const slots = activations
        .filter(({ taskname }) => taskname === name)
        .map(({ headers }) => Date.parse(headers.get("taskwire-slot") ?? ""))
        .sort((one, other) => one - other);
      const first = slots[0] ?? 0;
      expect(slots.length).toBeGreaterThan(1);
      expect(slots).toEqual(slots.map((_, index) => first + index * SECOND));
    }
  });
});
