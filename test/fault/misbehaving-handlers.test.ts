import { join } from "node:path";
import { connect } from "taskwire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FaultHarness } from "../support/harness/fault-harness.js";
import type { Running } from "../support/processes/command.js";
import { alive, childrenOf } from "../support/processes/operating-system.js";
import { readDeadLetters } from "../support/topic.js";
import { limited, until } from "../support/waiting.js";
import { type MisbehavingTask, misbehaving } from "./fixtures/misbehaving-tasks.js";
import { environment } from "./fixtures/tasks.js";

const HANDLERS = join(import.meta.dirname, "../../dist/test/fault/fixtures/misbehaving-handlers.js");
const FULL = process.env.TASKWIRE_FAULT_FULL === "1";
const COUNT = FULL ? 100 : 20;
/** Count of kinds that end their child in the same way as another kind of the list. */
const FEW = FULL ? COUNT : 4;
const SLOTS = 16;
const CHILDREN = 2;
const WORKER = ["--concurrency", String(SLOTS), "--children", String(CHILDREN), "--max-child-memory", "128MiB"];
/** For every victim: its deadline, twice (with others, then alone), 2 s to have its slot back, and a start of a child. */
const EACH_MS = 5000;
/** Victims that are dealt with at once when each must be alone. */
const AT_ONCE = 4;

/** How the victims end: as completed, or as dead letters with this reason. */
const ENDS: Readonly<Record<string, { task: MisbehavingTask; end: string; count?: number }>> = {
  "an async hang": { task: "hang", end: "deadline_exceeded" },
  "a synchronous endless loop": { task: "spin", end: "deadline_exceeded" },
  "an endless loop in a child that ignores SIGTERM": { task: "deaf", end: "deadline_exceeded" },
  "kill -9 of the child": { task: "killed", end: "completed" },
  "process.exit": { task: "exit", end: "error" },
  "heap exhaustion": { task: "heap", end: "error" },
  "process.abort": { task: "abort", end: "error", count: FEW },
  "an unhandled rejection": { task: "reject", end: "error" },
  "an uncaught exception": { task: "throws", end: "error", count: FEW },
};

describe.skipIf(process.platform !== "linux")("handlers that misbehave (needs Linux's /proc)", () => {
  let harness: FaultHarness;
  let worker: Running;
  let client: Awaited<ReturnType<typeof connect>>;

  beforeAll(async () => {
    harness = new FaultHarness(environment, HANDLERS);
    await harness.serving();
    worker = await harness.worker(...WORKER);
    client = await connect(environment, { dataFolder: harness.processes.data });
  });

  afterAll(async () => {
    await client[Symbol.asyncDispose]();
    await harness[Symbol.asyncDispose]();
  });

  async function send(name: MisbehavingTask, ids: readonly string[], n?: number): Promise<void> {
    await Promise.all(ids.map((id, index) => misbehaving[name].delay({ n: n ?? index }, { id })));
  }

  /** What became of each: "completed", or the reason of its dead letter. */
  async function endsOf(ids: readonly string[]): Promise<(string | undefined)[]> {
    const ended = new Set(harness.history.ended().map(({ id }) => id));
    const deadLetters = new Map((await readDeadLetters(harness.processes)).map(({ root, reason }) => [root, reason]));
    return ids.map((id) => (ended.has(id) ? "completed" : deadLetters.get(id)));
  }

  /** Resolves when all of these have an end and nothing is in flight. */
  async function settled(what: string, ids: readonly string[]): Promise<void> {
    let last = "";
    const done = until(async () => {
      const { counts } = await harness.processes.status();
      last = JSON.stringify(counts);
      return Object.values(counts).every((count) => count === 0) && !(await endsOf(ids)).includes(undefined);
    }, 100);
    const rounds = Math.ceil(COUNT / AT_ONCE);
    await limited(rounds * EACH_MS, what, done, () => `${last}\n${worker.said().slice(-4000)}`);
  }

  it.each(Object.entries(ENDS).map(([name, how]) => [name, how.count ?? COUNT, how] as const))(
    "%s, %i times: each is accounted and costs no other run, every slot is back, no process is left",
    async (name, count, { task, end }) => {
      const victims = Array.from({ length: count }, (_, n) => `${task}-${n}`);
      const others = victims.map((id) => `quick-beside-${id}`);
      await Promise.all([send(task, victims), send("quick", others)]);
      await settled(`${count} of ${name}`, [...victims, ...others]);
      // All slots at once.
      const following = Array.from({ length: SLOTS }, (_, n) => `after-${task}/${n}`);
      await send("together", following, SLOTS);
      await settled(`what follows ${count} of ${name}`, following);

      expect(await endsOf(victims)).toEqual(victims.map(() => end));
      expect(await endsOf(others)).toEqual(others.map(() => "completed"));
      expect(await endsOf(following)).toEqual(following.map(() => "completed"));

      const entries = harness.history.read();
      const pids = new Set(entries.flatMap((entry) => (entry.what === "started" ? [entry.pid] : [])));
      await until(() => {
        const children = childrenOf(worker.pid);
        return children.length === CHILDREN && [...pids].every((pid) => children.includes(pid) || !alive(pid));
      });
    },
    1_200_000,
  );
});
