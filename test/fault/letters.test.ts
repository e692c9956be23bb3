import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Log, ReadRecord } from "#runtime/log/port.js";
import { sqliteLog } from "#runtime/log/sqlite/log.js";
import { ask, askForLetters } from "../support/ask.js";
import { FaultHarness } from "../support/harness/fault-harness.js";
import { letterRecord } from "../support/letters.js";
import { activationBytes } from "../support/records.js";
import { limited, until } from "../support/waiting.js";
import { environment } from "./fixtures/tasks.js";

const HANDLERS = join(import.meta.dirname, "../../dist/test/fault/fixtures/handlers.js");
const DEAD = "work-dlq";
/** How long a request may take to reach its failpoint. */
const REACHED_MS = 20_000;

const quick = { application: "faults", namespace: "faults", task: "faults.quick" };

async function withLog<T>(harness: FaultHarness, use: (log: Log) => Promise<T>): Promise<T> {
  const log = sqliteLog({ file: join(harness.processes.data, "log.db") });
  try {
    return await use(log);
  } finally {
    await log.close();
  }
}

/** Dead letters `a0`, `a1` and so on of a task that succeeds now. */
function deadLetters(harness: FaultHarness, count: number): Promise<string[]> {
  const records = Array.from({ length: count }, (_, number) =>
    letterRecord(number, { bytes: activationBytes({ ...quick, id: `a${number}`, n: number }) }),
  );
  return withLog(harness, async (log) => {
    const positions = await log.append(DEAD, records);
    return positions.map(({ topic, partition, offset }) => `${topic}/${partition}/${offset}`);
  });
}

function recordsOf(harness: FaultHarness, topic: string): Promise<readonly ReadRecord[]> {
  return withLog(harness, async (log) => (await log.browse(topic, 0, 0, 1000)).records);
}

/** Asks a broker that dies at the failpoint, and starts the next one. */
async function killedAt(
  harness: FaultHarness,
  point: string,
  verb: "ListLetters" | "ReplayLetters" | "PurgeLetters",
  request: object,
) {
  const broker = await harness.broker(`${point}=kill`);
  await harness.answering(broker);
  const asked = ask(await harness.processes.address(), verb, request).catch(() => "no answer");
  await limited(REACHED_MS, `the broker to pass ${point}`, broker.ended, broker.said);
  expect(broker.child.signalCode, broker.said()).toBe("SIGKILL");
  expect(await asked).toBe("no answer");
  harness.killed("broker", broker.pid);
  return harness.serving();
}

describe("kill -9 while dead letters are resolved", () => {
  it("between a replay and its marker leaves the dead letter open; the next replay has the same id and runs once", async () => {
    await using harness = new FaultHarness(environment, HANDLERS);
    const places = await deadLetters(harness, 3);
    await killedAt(harness, "letters.replay-appended", "ReplayLetters", { places });
    const address = await harness.processes.address();
    expect((await askForLetters(address, {})).counts).toEqual({ open: 3, replayed: 0, purged: 0 });
    await harness.worker("--concurrency", "4", "--children", "1");
    await until(() => harness.history.ended().length === 3);
    // They have completed by now, and their ids are remembered.
    expect(await ask(address, "ReplayLetters", { places })).toMatchObject({ counts: { replayed: 3 } });
    const replays = await recordsOf(harness, "work");
    expect(replays).toHaveLength(6);
    expect(new Set(replays.map(({ key }) => key)).size).toBe(3);
    await until(async () => {
      const { topics, counts } = await harness.processes.status();
      return topics.every(({ lag }) => lag === 0) && counts.pending + counts.processing === 0;
    });
    expect(
      harness.history
        .ended()
        .map(({ id }) => id)
        .sort(),
    ).toEqual([...new Set(replays.map(({ key }) => key))].sort());
    expect((await askForLetters(address, {})).counts).toEqual({ open: 0, replayed: 3, purged: 0 });
  });

  it("between the marker of a purge and the end of its bytes: it counts as purged, and the bytes go at the next question", async () => {
    await using harness = new FaultHarness(environment, HANDLERS);
    const places = await deadLetters(harness, 3);
    await killedAt(harness, "letters.marker-appended", "PurgeLetters", { places });
    expect((await recordsOf(harness, DEAD)).some(({ value }) => value.length > 0)).toBe(true);
    const address = await harness.processes.address();
    const counts = () => askForLetters(address, {}).then((list) => list.counts);
    expect(await counts()).toEqual({ open: 0, replayed: 0, purged: 3 });
    await until(async () => (await recordsOf(harness, DEAD)).every(({ value }) => value.length === 0));
    expect(await ask(address, "PurgeLetters", { places })).toMatchObject({ counts: { already: 3 } });
  });

  it("while the index is built leaves one that is continued, with every dead letter once", async () => {
    await using harness = new FaultHarness(environment, HANDLERS);
    await deadLetters(harness, 900);
    const broker = await harness.broker("letters.index-fed=kill@3");
    await harness.answering(broker);
    const address = await harness.processes.address();
    await ask(address, "ListLetters", {}).catch(() => {});
    await limited(REACHED_MS, "the broker to pass letters.index-fed", broker.ended, broker.said);
    expect(broker.child.signalCode, broker.said()).toBe("SIGKILL");
    harness.killed("broker", broker.pid);
    await harness.serving();
    const list = await until(async () => {
      const found = await askForLetters(address, { limit: 1000 });
      return found.read === 1 ? found : undefined;
    });
    expect(new Set(list.letters.map(({ id }) => id)).size).toBe(900);
    expect(list.letters).toHaveLength(900);
    expect(list.counts.open).toBe(900);
  });
});
