import { join } from "node:path";
import { expect, it } from "vitest";
import { openLog } from "#runtime/log/open.js";
import type { ReadRecord } from "#runtime/log/port.js";
import type { AuditDocument } from "#runtime/operations/documents/audit.js";
import { ask, askForLetters } from "../support/ask.js";
import { FaultHarness } from "../support/harness/fault-harness.js";
import { letterRecord } from "../support/letters.js";
import { Processes } from "../support/processes/processes.js";
import { activationBytes, append } from "../support/records.js";
import { until } from "../support/waiting.js";
import { ConsoleProcess } from "../support/web/console-process.js";
import { environment } from "./fixtures/tasks.js";

const HANDLERS = join(import.meta.dirname, "../../dist/test/fault/fixtures/handlers.js");
const DEAD = "work-dlq";
/** Dead letters that are replayed one by one, two calls each: a broker takes 20 changing calls a second. */
const SINGLE = 6;
const ALL = 500;
const PEOPLE = ["ann", "bob"];

const quick = { application: "faults", namespace: "faults", task: "faults.quick" };

/** All records of a topic on the embedded log. */
async function recordsOf(harness: FaultHarness, topic: string): Promise<readonly ReadRecord[]> {
  const [cluster] = environment.clusters;
  if (cluster === undefined) throw new Error("the environment has no cluster");
  const log = await openLog(cluster, harness.processes.data);
  try {
    const found: ReadRecord[] = [];
    for (let from = 0, end = 1; from < end; ) {
      const page = await log.browse(topic, 0, from, 1000);
      found.push(...page.records);
      from = page.next;
      end = page.end;
    }
    return found;
  } finally {
    await log.close();
  }
}

it("two consoles that replay the same dead letters at the same time append each once, and the second one learns that", async () => {
  await using harness = new FaultHarness(environment, HANDLERS);
  const bytes = (number: number) => activationBytes({ ...quick, id: `a${number}`, n: number });
  const letters = Array.from({ length: ALL }, (_, number) => letterRecord(number, { bytes: bytes(number) }));
  await append(harness.processes, DEAD, letters);
  await harness.serving();
  const address = await harness.processes.address();
  await using processes = new Processes({}, harness.processes.data);
  const flags = ["--env", environment.name, "--model", harness.processes.model, "--data", harness.processes.data];
  const consoles = await Promise.all(PEOPLE.map((person) => ConsoleProcess.start(processes, [address], flags, person)));
  const both = (path: string, change: object) => Promise.all(consoles.map((console) => console.ask(path, change)));
  const counts = async () => (await askForLetters(address, {})).counts;
  await until(async () => (await counts()).open === ALL);

  const ids: string[] = [];
  for (let number = 0; number < SINGLE; number++) {
    const place = `${DEAD}/0/${number}`;
    const answers = await both("dead-letters/replay", { places: [place], reason: "fixed" });
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const outcomes = answers.flatMap(({ body }) => body.outcomes).sort((a, b) => (a.outcome < b.outcome ? -1 : 1));
    expect(outcomes).toEqual([
      { place, outcome: "already", state: "replayed" },
      { place, outcome: "replayed", id: expect.any(String), topic: "work" },
    ]);
    ids.push(outcomes[1].id);
  }
  expect((await recordsOf(harness, "work")).map(({ key }) => key)).toEqual(ids);

  // The same by a filter: both jobs meet all of the others.
  const plans = await both("dead-letters/replay", { q: "reason:error", dryRun: true });
  expect(plans.map(({ body }) => body.matched)).toEqual([ALL - SINGLE, ALL - SINGLE]);
  const started = await Promise.all(
    consoles.map((console, index) =>
      console.ask("dead-letters/replay", { q: "reason:error", plan: plans[index]?.body.plan, rate: 0 }),
    ),
  );
  expect(started.map(({ status }) => status)).toEqual([200, 200]);
  const jobs = await until(async () => {
    const all: readonly { state: string; done: number; matched: number; leftOut: { already?: number } }[] = (
      await consoles[0]?.ask("jobs")
    )?.body.jobs;
    return all.length === 2 && all.every(({ state }) => state === "done") && all;
  });
  expect(jobs.reduce((sum, { done }) => sum + done, 0)).toBe(ALL - SINGLE);
  for (const { matched, done, leftOut } of jobs) expect(done + (leftOut.already ?? 0)).toBe(matched);
  expect(await counts()).toEqual({ open: 0, replayed: ALL, purged: 0 });

  const replays = await recordsOf(harness, "work");
  expect(new Set(replays.map(({ key }) => key)).size).toBe(ALL);
  expect(replays).toHaveLength(ALL);
  const markers = (await recordsOf(harness, DEAD)).filter(({ tombstone }) => tombstone === true);
  expect(new Set(markers.map(({ key }) => key)).size).toBe(ALL);
  expect(markers).toHaveLength(ALL);
  await harness.worker("--concurrency", "4", "--children", "1");
  await until(async () => (await harness.processes.status()).ended.completed === ALL);
  expect(new Set(harness.history.ended().map(({ id }) => id))).toEqual(new Set(replays.map(({ key }) => key)));
  expect(harness.history.ended()).toHaveLength(ALL);
  const { lines }: AuditDocument = Object(await ask(address, "Audit", { limit: 100 }));
  const asked = lines.filter((line) => line.kind === "intent" && line.verb === "ReplayLetters");
  expect(new Set(asked.map(({ actor }) => actor))).toEqual(new Set(PEOPLE));
});
