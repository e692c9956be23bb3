import { existsSync } from "node:fs";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { encode } from "@msgpack/msgpack";
import { connect } from "taskwire";
import { afterEach, describe, expect, it } from "vitest";
import { NO_RETRY_STATE } from "#runtime/activation/encoding/codec.js";
import { systemClock } from "#runtime/base/clock.js";
import { anyBroker, startWorker, type Worker, type WorkerOptions } from "#runtime/worker/index.js";
import { SqliteLock } from "#runtime/worker/lock/sqlite.js";
import { environment, faults } from "../../fault/fixtures/tasks.js";
import { FOLDER_VARIABLE, History } from "../../support/contract/history.js";
import { BrokerHarness } from "../../support/harness/broker-harness.js";
import { ProcessHarness } from "../../support/harness/process-harness.js";
import { until } from "../../support/waiting.js";
import { ConsumerOnly } from "../../support/wire/consumer-only.js";
import { files, fixture } from "./support.js";

const HANDLERS = join(import.meta.dirname, "../../../dist/test/fault/fixtures/handlers.js");
const ONCE = { ...NO_RETRY_STATE, maxAttempts: 1, atMostOnce: true, onExceeded: "deadletter" } as const;
/** As the Rust broker answers: an empty GetTask is never held. */
const POOL = { getTaskHold: 0 };

const open: { stop(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.stop();
});

async function work(addresses: readonly string[], options: Partial<WorkerOptions> = {}): Promise<Worker> {
  const worker = await startWorker({
    handlersModule: fixture("handlers.mjs"),
    sessions: addresses.map((name) => ({ name, port: anyBroker(name) })),
    concurrency: 4,
    children: 1,
    isolation: "process",
    drainGrace: 0,
    ...options,
  });
  open.push(worker);
  await worker.ready;
  return worker;
}

const task = (name: string, parameters: object, rest: object = {}) => ({
  task: `t.${name}`,
  namespace: "t",
  application: "test",
  parameters: encode({ args: [], kwargs: parameters }),
  ...rest,
});

const ended = async (harness: BrokerHarness) => (await harness.status()).ended;

describe("a broker without sessions", () => {
  it("is pulled from, every slot at work, the next activation with the outcome of the last", async () => {
    await using harness = await BrokerHarness.start(POOL);
    await using broker = await ConsumerOnly.start(() => harness.address);
    const worker = await work([broker.address]);
    const { log, gate, lines, open: release } = files();
    await harness.send(...[1, 2, 3, 4, 5, 6].map(() => task("gated", { log, gate })));
    await until(() => lines().length === 4);
    expect(worker.stats().running).toBe(4);
    release();
    await harness.send(...Array.from({ length: 300 }, () => task("echo", {})));
    await until(async () => (await ended(harness)).completed === 306);
    await until(() => broker.updates().length === 306);
    expect(broker.updates().some(({ fetchNextTask }) => fetchNextTask?.application === "test")).toBe(true);
    // Most were fetched along with an outcome.
    expect(broker.answered.filter(({ method, code }) => method === "GetTask" && code === 0).length).toBeLessThan(150);
  });

  it("is asked by one call at a time while it is empty, again and again", async () => {
    await using harness = await BrokerHarness.start(POOL);
    await using broker = await ConsumerOnly.start(() => harness.address);
    const worker = await work([broker.address]);
    await until(() => broker.count("GetTask") >= 8);
    expect(broker.answered.every(({ code, beside }) => code === status.NOT_FOUND && beside === 0)).toBe(true);
    await harness.send(task("echo", {}));
    await until(async () => (await ended(harness)).completed === 1);
    expect(worker.stats().finished.complete).toBe(1);
  });

  it("receives retries with their delay, and failures, to which it applies the activation's policy", async () => {
    await using harness = await BrokerHarness.start(POOL);
    await using broker = await ConsumerOnly.start(() => harness.address);
    await work([broker.address]);
    await harness.send(
      task("fail", {}, { id: "again" }),
      task("nobody", {}, { id: "unknown", retry: { ...NO_RETRY_STATE, onExceeded: "deadletter" } }),
    );
    await until(() => broker.updates().length === 2);
    const updates = new Map(broker.updates().map((update) => [update.id, update]));
    expect(updates.get("again")).toMatchObject({ status: 4, delayOnRetry: 5n });
    expect(updates.get("unknown")).toMatchObject({ status: 3 });
    const [deadLetter] = await harness.deadLetters(1);
    expect(deadLetter?.headers).toMatchObject({ "taskwire-reason": "reported" });
  });

  it("fetches of one namespace only when the worker says so", async () => {
    await using harness = await BrokerHarness.start(POOL);
    await using broker = await ConsumerOnly.start(() => harness.address);
    const sessions = [{ name: "b", port: anyBroker(broker.address, {}, { namespace: "t" }) }];
    await work([], { sessions });
    await harness.send(task("echo", {}, { namespace: "other" }), task("echo", {}));
    await until(async () => (await ended(harness)).completed === 1);
    expect((await harness.status()).counts).toMatchObject({ pending: 1 });
  });

  it("gets outcomes again until it acknowledges them: over failures, and over its absence", async () => {
    await using harness = await BrokerHarness.start(POOL);
    await using broker = await ConsumerOnly.start(() => harness.address);
    const worker = await work([broker.address]);
    let failures = 0;
    broker.fails = (method) => {
      if (method !== "SetTaskStatus" || failures === 2) return undefined;
      failures += 1;
      return { code: status.INTERNAL, details: "disk full" };
    };
    await harness.send(task("echo", {}));
    await until(async () => (await ended(harness)).completed === 1);
    expect(failures).toBe(2);

    const { log, gate, lines, open: release } = files();
    await harness.send(task("gated", { log, gate }));
    await until(() => lines().length === 1);
    broker.stop();
    release();
    await until(() => worker.stats().finished.complete === 2 && worker.stats().sessions[0]?.connected === false);
    await broker.start();
    await until(async () => (await ended(harness)).completed === 2);
    expect(lines()).toHaveLength(1);
    await until(() => worker.stats().sessions[0]?.held === 0);
    expect(worker.stats().dropped).toBe(0);
  });

  it("that has sessions when it is back gets a stream; what was pulled before is reported all the same", async () => {
    await using harness = await BrokerHarness.start(POOL);
    await using broker = await ConsumerOnly.start(() => harness.address);
    const worker = await work([broker.address]);
    const { log, gate, lines, open: release } = files();
    await harness.send(task("gated", { log, gate }));
    await until(() => lines().length === 1);
    expect((await harness.status()).sessions).toHaveLength(0);
    await broker.upgrade();
    await until(async () => (await harness.status()).sessions.length === 1);
    await harness.send(task("echo", {}), task("echo", {}));
    await until(async () => (await ended(harness)).completed === 2);
    release();
    await until(async () => (await ended(harness)).completed === 3);
    await until(() => worker.stats().sessions[0]?.held === 0);
    expect(worker.stats()).toMatchObject({ dropped: 0, finished: { complete: 3 } });
    expect(lines()).toHaveLength(1);
  });

  it("finishes what it has at a stop, and fetches nothing more", async () => {
    await using harness = await BrokerHarness.start(POOL);
    await using broker = await ConsumerOnly.start(() => harness.address);
    const worker = await work([broker.address], { concurrency: 1, drainGrace: 20_000 });
    const { log, gate, lines, open: release } = files();
    await harness.send(...[1, 2, 3].map(() => task("gated", { log, gate })));
    await until(() => lines().length === 1);
    const stopped = worker.stop();
    release();
    await stopped;
    const { completed } = await ended(harness);
    expect(completed).toBe(lines().length);
    expect((await harness.status()).counts).toMatchObject({ pending: 3 - completed, processing: 0 });
  });
});

describe("at-most-once work of a broker without sessions", () => {
  it("runs once for all workers that share the lock; a second hand-out is a failure and starts nothing", async () => {
    await using one = await BrokerHarness.start(POOL);
    await using two = await BrokerHarness.start(POOL);
    await using first = await ConsumerOnly.start(() => one.address);
    await using second = await ConsumerOnly.start(() => two.address);
    const locks = join(one.data, "locks.db");
    await work([first.address], { locks });
    await work([second.address], { locks });
    const { log, lines } = files();
    const once = task("echo", { log }, { id: "once", retry: ONCE });
    await one.send(once);
    await until(async () => (await ended(one)).completed === 1);
    await two.send(once, task("echo", { log }, { id: "often" }));
    await until(async () => (await ended(two)).deadlettered === 1 && (await ended(two)).completed === 1);
    expect(lines().map((line) => line.split(" ")[1])).toEqual(["once", "often"]);
  });

  it("that a killed worker had taken is not started by the next", async () => {
    await using harness = await BrokerHarness.start(POOL);
    await using broker = await ConsumerOnly.start(() => harness.address);
    const locks = join(harness.data, "locks.db");
    const killed = new SqliteLock(() => locks, systemClock());
    expect(await killed.add("once", 3_600_000)).toBe(true);
    await killed.close();
    await work([broker.address], { locks });
    const { log, lines } = files();
    await harness.send(task("echo", { log }, { id: "once", retry: ONCE }));
    await until(async () => (await ended(harness)).deadlettered === 1);
    expect(lines()).toEqual([]);
  });
});

describe("a worker process that pulls from a broker with secrets", () => {
  it("signs its calls, runs what it gets, and ends with exit code 0 at SIGTERM", async () => {
    const variables: NodeJS.ProcessEnv = { TASKWIRE_SECRETS: '["a"]' };
    await using harness = new ProcessHarness(environment, HANDLERS, variables);
    variables[FOLDER_VARIABLE] = harness.data;
    const history = new History(harness.data);
    await harness.broker();
    const address = await harness.address();
    await using broker = await ConsumerOnly.start(() => address);
    const worker = await harness.worker("--broker", broker.address, "--locks", join(harness.data, "elsewhere.db"));
    await using client = await connect(environment, { dataFolder: harness.data });
    void client;
    await Promise.all(Array.from({ length: 50 }, (_, n) => faults.quick.delay({ n })));
    await Promise.all(Array.from({ length: 5 }, (_, n) => faults.once.delay({ n })));
    await until(() => broker.updates().length === 55);
    expect(history.ended()).toHaveLength(55);
    expect(existsSync(join(harness.data, "elsewhere.db"))).toBe(true);
    expect(await worker.stop(), worker.said()).toBe(0);
  });
});
