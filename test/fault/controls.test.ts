import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Failpoint } from "#runtime/base/failpoint.js";
import type { AuditDocument } from "#runtime/operations/documents/audit.js";
import type { ControlsAnswer } from "#runtime/operations/documents/controls.js";
import type { VerbName } from "#runtime/operations/verbs.js";
import { FaultHarness } from "../support/harness/fault-harness.js";
import { limited, until } from "../support/waiting.js";
import { ConsumerClient } from "../support/wire/consumer-client.js";
import { callVerb } from "../support/wire/operations-client.js";
import type { Plan } from "./fixtures/producer.js";
import { environment } from "./fixtures/tasks.js";

const FIXTURES = join(import.meta.dirname, "../../dist/test/fault/fixtures");
const HANDLERS = join(FIXTURES, "handlers.js");
const PRODUCER = join(FIXTURES, "producer.js");

const PLAN: Plan = [
  {
    after: 0,
    work: [
      { kind: "quick", count: 20 },
      { kind: "once", count: 10 },
      { kind: "quick", count: 5, countdown: 1 },
    ],
  },
];
const PAUSE = { kind: "pool", subject: "default" };

async function call<T>(harness: FaultHarness, verb: VerbName, request: object): Promise<T> {
  const client = new ConsumerClient(await harness.processes.address());
  try {
    return (await callVerb<T>(client, verb, request)).document;
  } finally {
    client.close();
  }
}

const worker = (harness: FaultHarness) => harness.worker("--concurrency", "4", "--children", "1");

describe.concurrent("kill -9 of a broker around a pause", () => {
  it("after its answer: the next broker hands nothing out until it is resumed, and then everything", async () => {
    await using harness = new FaultHarness(environment, HANDLERS);
    const broker = await harness.serving();
    await call(harness, "Pause", PAUSE);
    await call(harness, "Pause", { kind: "task", subject: "faults.quick", reason: "hold" });
    const again = await harness.killBroker(broker);
    await worker(harness);
    await harness.producer(PRODUCER, [JSON.stringify(PLAN)]).ended;
    const arrived = await until(async () => {
      const { counts } = await harness.processes.status();
      return counts.pending === 10 && counts.parked === 25 && counts;
    });
    // The task's work is parked, also what was delayed; that of the pool waits in memory.
    expect(arrived).toMatchObject({ processing: 0, delayed: 0 });
    expect(harness.history.read().filter(({ what }) => what === "started")).toEqual([]);
    await call(harness, "Resume", PAUSE);
    await until(async () => (await harness.processes.status()).ended.completed === 10);
    await call(harness, "Resume", { kind: "task", subject: "faults.quick" });
    expect(await harness.settled()).toMatchObject({ problems: [], accepted: 35, completed: 35 });
    expect(await again.stop(), again.said()).toBe(0);
  });

  it.each<{ point: Failpoint; holds: boolean | undefined }>([
    // Nobody was answered: it may hold or not.
    { point: "controls.applied", holds: undefined },
    { point: "controls.durable", holds: true },
  ])("at $point: what was on disk holds, and every activation is accounted", async ({ point, holds }) => {
    await using harness = new FaultHarness(environment, HANDLERS);
    const broker = await harness.broker(`${point}=kill`);
    await harness.answering(broker);
    await worker(harness);
    const producing = harness.producer(PRODUCER, [JSON.stringify(PLAN)]);
    await until(() => harness.history.ended().length > 0);
    await expect(call(harness, "Pause", { kind: "task", subject: "faults.quick" })).rejects.toThrow();
    await limited(20_000, `the broker to pass ${point}`, broker.ended, broker.said);
    expect(broker.child.signalCode, broker.said()).toBe("SIGKILL");
    harness.killed("broker", broker.pid);
    await producing.ended;
    const again = await harness.serving();
    const { lines } = await call<AuditDocument>(harness, "Audit", { q: "pause" });
    // What was asked is in the audit log, and that nobody knows how it ended.
    expect(lines).toMatchObject([{ kind: "intent", verb: "Pause", request: { subject: "faults.quick" } }]);
    const { controls } = await call<ControlsAnswer>(harness, "Controls", {});
    if (holds !== undefined) expect(controls.length > 0).toBe(holds);
    await call(harness, "Resume", { kind: "task", subject: "faults.quick" });
    expect(await harness.settled()).toMatchObject({ problems: [], accepted: 35 });
    expect(await again.stop(), again.said()).toBe(0);
  });
});
