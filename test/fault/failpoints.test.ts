import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FAILPOINTS, type Failpoint } from "#runtime/base/failpoint.js";
import { FaultHarness } from "../support/harness/fault-harness.js";
import type { Running } from "../support/processes/command.js";
import { limited, until } from "../support/waiting.js";
import { everyState, writeFirstJournal } from "./fixtures/first-journal.js";
import type { Order, Plan } from "./fixtures/producer.js";
import { environment } from "./fixtures/tasks.js";

const FIXTURES = join(import.meta.dirname, "../../dist/test/fault/fixtures");
const HANDLERS = join(FIXTURES, "handlers.js");
const PRODUCER = join(FIXTURES, "producer.js");

const FULL = process.env.TASKWIRE_FAULT_FULL === "1";

/** How long the workload may take to reach a point. */
const REACHED_MS = 20_000;

/** About 30 activations that pass every point; the second half comes while the first is in hand. */
const WORKLOAD: Plan = [
  {
    after: 0,
    work: [
      { kind: "quick", count: 5 },
      { kind: "slow", count: 4 },
      { kind: "once", count: 2 },
      { kind: "slowOnce", count: 1 },
      { kind: "flaky", count: 2 },
      { kind: "doomed", count: 1 },
      { kind: "dropped", count: 1 },
      { kind: "late", count: 1 },
      { kind: "quick", count: 2, countdown: 1 },
      { kind: "quick", count: 1, countdown: 2, expires: 1 },
    ],
  },
  {
    after: 300,
    work: [
      { kind: "quick", count: 4 },
      { kind: "once", count: 2 },
      { kind: "slowOnce", count: 2 },
      { kind: "flaky", count: 1 },
      { kind: "doomed", count: 1 },
    ],
  },
];

interface Kill {
  readonly point: Failpoint;
  /** Which process dies. */
  readonly of: "broker" | "producer";
  /** At which passage. */
  readonly at: number;
  /** Added to the workload. */
  readonly more?: readonly Order[];
  /** The broker passes it at its start when it left work behind: it was killed once before. */
  readonly atStart?: true;
  /** What leads to the point beside the workload. */
  readonly provoke?: (harness: FaultHarness, broker: Running, worker: Running) => Promise<void>;
}

const KILLS: readonly Kill[] = [
  { point: "intake.batch-read", of: "broker", at: 2 },
  { point: "intake.batch-applied", of: "broker", at: 2 },
  { point: "intake.positions-committed", of: "broker", at: 2 },
  { point: "journal.commit-begun", of: "broker", at: 8 },
  { point: "journal.commit-written", of: "broker", at: 8 },
  { point: "journal.commit-durable", of: "broker", at: 8 },
  { point: "journal.recovery-scan", of: "broker", at: 1, atStart: true },
  {
    point: "journal.checkpoint",
    of: "broker",
    at: 1,
    more: [{ kind: "once", count: 70, ballast: 300_000 }],
  },
  { point: "claims.before-delivery", of: "broker", at: 4 },
  { point: "claims.delivered", of: "broker", at: 4 },
  { point: "outcomes.received", of: "broker", at: 4 },
  { point: "outcomes.applied", of: "broker", at: 4 },
  { point: "outcomes.durable", of: "broker", at: 4 },
  { point: "outcomes.acknowledged", of: "broker", at: 4 },
  { point: "upkeep.deadline-reset", of: "broker", at: 1, provoke: loseWorker },
  { point: "upkeep.delay-released", of: "broker", at: 1 },
  { point: "upkeep.expired", of: "broker", at: 1 },
  { point: "upkeep.settled", of: "broker", at: 8 },
  { point: "publish.retry-before", of: "broker", at: 2 },
  { point: "publish.retry-after", of: "broker", at: 2 },
  { point: "publish.deadletter-before", of: "broker", at: 2 },
  { point: "publish.deadletter-after", of: "broker", at: 2 },
  { point: "broker.drain", of: "broker", at: 1, provoke: stopBroker },
  { point: "log.append-written", of: "producer", at: 2 },
  { point: "log.append-durable", of: "producer", at: 2 },
  { point: "log.append-written", of: "broker", at: 2 },
  { point: "log.append-durable", of: "broker", at: 2 },
  { point: "log.trim", of: "broker", at: 1 },
];

/** The worker dies with work in hand, another one comes. */
async function loseWorker(harness: FaultHarness, _broker: Running, worker: Running): Promise<void> {
  await until(() => harness.history.ended().length > 0);
  await harness.killWorker(worker);
  await harness.worker("--concurrency", "4", "--children", "1");
}

async function stopBroker(harness: FaultHarness, broker: Running): Promise<void> {
  await until(() => harness.history.ended().length > 0);
  broker.child.kill("SIGTERM");
}

describe.concurrent("kill -9 at a failpoint, with 30 activations in flight", () => {
  it.each(KILLS)("$point of the $of: serving within 5 s, every activation accounted", async (kill) => {
    await using harness = new FaultHarness(environment, HANDLERS);
    const plan = workload(kill);
    const armed = `${kill.point}=kill@${kill.at}`;
    let broker = await harness.broker(kill.of === "broker" && kill.atStart === undefined ? armed : "");
    await Promise.race([harness.answering(broker), broker.ended]);
    const [worker, producerKilled] = await Promise.all([
      harness.worker("--concurrency", "4", "--children", "1"),
      harness.producer(PRODUCER, [JSON.stringify(plan)], kill.of === "producer" ? armed : "").ended,
    ]);
    await kill.provoke?.(harness, broker, worker);
    if (kill.atStart !== undefined) {
      await until(() => harness.history.ended().some(({ id }) => id.startsWith("slowOnce")));
      await broker.kill();
      harness.killed("broker", broker.pid);
      broker = await harness.broker(armed);
    }
    let again = broker;
    if (kill.of === "producer") {
      expect(producerKilled).toBe("SIGKILL");
    } else {
      await limited(REACHED_MS, `the broker to pass ${kill.point}`, broker.ended, broker.said);
      expect(broker.child.signalCode, broker.said()).toBe("SIGKILL");
      harness.killed("broker", broker.pid);
      again = await harness.serving();
    }
    const { problems, accepted, attempted } = await harness.settled();
    expect(problems).toEqual([]);
    const count = plan.flatMap(({ work }) => work).reduce((sum, { count }) => sum + count, 0);
    if (kill.of === "broker") expect({ accepted, attempted }).toEqual({ accepted: count, attempted: count });
    expect(await again.stop(), again.said()).toBe(0);
  });
});

/** Passages at which the migration of a version 1 file is killed; with TASKWIRE_FAULT_FULL=1 at every one. */
const MIGRATION_PASSAGES = FULL ? Array.from({ length: 40 }, (_, n) => n + 1) : [1, 6, 12, 17];

describe("kill -9 at journal.migration", () => {
  it("again and again: the file is as it was or migrated, and every row of every state is accounted", async () => {
    await using harness = new FaultHarness(environment, HANDLERS);
    const work: Order[] = (["quick", "slow", "once", "flaky", "doomed", "slowOnce"] as const).map((kind) => ({
      kind,
      count: 2,
    }));
    const plan: Plan = [{ after: 0, work: [...work, { kind: "quick", count: 2, countdown: 5 }] }];
    await harness.producer(PRODUCER, [JSON.stringify(plan)]).ended;
    await writeFirstJournal(harness.processes, everyState);
    let kills = 0;
    for (const at of MIGRATION_PASSAGES) {
      const broker = await harness.broker(`journal.migration=kill@${at}`);
      const ready = until(() => broker.said().includes("broker is ready"));
      await Promise.race([broker.ended, ready]);
      // The migration had finished before this passage.
      if (broker.child.signalCode !== "SIGKILL") {
        await broker.kill();
        break;
      }
      kills += 1;
    }
    expect(kills).toBeGreaterThanOrEqual(3);
    const broker = await harness.serving();
    await harness.worker("--concurrency", "4", "--children", "1");
    const verdict = await harness.settled();
    expect(verdict).toMatchObject({ problems: [], accepted: 14, completed: 10, deadlettered: 4 });
    expect(await broker.stop(), broker.said()).toBe(0);
  });
});

function workload({ more = [] }: Kill): Plan {
  const [first, ...rest] = WORKLOAD;
  return first === undefined ? [] : [{ ...first, work: [...first.work, ...more] }, ...rest];
}

it("every registered failpoint has a test that kills there, in this file or another", () => {
  const letters: Failpoint[] = ["letters.index-fed", "letters.replay-appended", "letters.marker-appended"];
  const acts: Failpoint[] = ["acts.applied", "acts.durable", "acts.before-notice"];
  const elsewhere: Failpoint[] = [
    ...acts,
    "journal.migration",
    "log.scrub",
    "controls.applied",
    "controls.durable",
    ...letters,
  ];
  expect([...new Set([...KILLS.map(({ point }) => point), ...elsewhere])].sort()).toEqual([...FAILPOINTS].sort());
});
