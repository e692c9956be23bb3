import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Metadata, status } from "@grpc/grpc-js";
import { encode } from "@msgpack/msgpack";
import { connect } from "taskwire";
import { afterEach, describe, expect, it } from "vitest";
import { encodeActivation, NO_RETRY_STATE } from "#runtime/activation/encoding/codec.js";
import { silentLogger } from "#runtime/base/logger.js";
import { encodeTask } from "#runtime/wire/codec/consumer-codec.js";
import { Secrets } from "#runtime/wire/security/secrets.js";
import type { Security } from "#runtime/wire/security/security.js";
import { SIGNATURE_METADATA } from "#runtime/wire/security/signature.js";
import { HEALTH, WORKER } from "#runtime/wire/services.js";
import { callMetadata, UnaryClient } from "#runtime/wire/unary-client.js";
import { listenForPushes, startWorker, type Worker, type WorkerOptions } from "#runtime/worker/index.js";
import { environment, faults } from "../../fault/fixtures/tasks.js";
import { FOLDER_VARIABLE, History } from "../../support/contract/history.js";
import { BrokerHarness } from "../../support/harness/broker-harness.js";
import { ProcessHarness } from "../../support/harness/process-harness.js";
import { outcome } from "../../support/processes/command.js";
import { freePort } from "../../support/processes/operating-system.js";
import { SkippingClock } from "../../support/skipping-clock.js";
import { until } from "../../support/waiting.js";
import { Authority, NO_OPENSSL } from "../../support/wire/certificates.js";
import { ConsumerOnly } from "../../support/wire/consumer-only.js";
import { decodeHealthResponse } from "../../support/wire/health-response.js";
import { files, fixture } from "./support.js";

const HANDLERS = join(import.meta.dirname, "../../../dist/test/fault/fixtures/handlers.js");
const SIGNED: Security = { secrets: new Secrets(["new", "old"]) };
const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

interface Started {
  readonly worker: Worker;
  readonly address: string;
  readonly clock: SkippingClock;
}

/** A worker that is pushed to; `broker` hears its outcomes. */
async function pushed(
  broker: string,
  listen = "127.0.0.1:0",
  security: Security = {},
  options: Partial<WorkerOptions> = {},
): Promise<Started> {
  const clock = new SkippingClock();
  const port = await listenForPushes({ listen, broker, security, clock, log: silentLogger });
  const worker = await startWorker({
    handlersModule: fixture("handlers.mjs"),
    sessions: [{ name: "pushes", port }],
    concurrency: 4,
    children: 1,
    isolation: "process",
    drainGrace: 0,
    ...options,
  });
  open.push(() => worker.stop());
  await worker.ready;
  return { worker, address: port.address, clock };
}

/** A broker whose application `test` is pushed to one worker, and the address that it has. */
async function pushing(): Promise<{ harness: BrokerHarness; listen: string }> {
  const listen = `127.0.0.1:${await freePort()}`;
  const harness = await BrokerHarness.start({ push: [{ application: "test", addresses: [listen] }] });
  open.push(() => harness[Symbol.asyncDispose]());
  return { harness, listen };
}

const kwargs = (parameters: object) => encode({ args: [], kwargs: parameters });
const task = (name: string, parameters: object, rest: object = {}) => ({
  task: `t.${name}`,
  namespace: "t",
  application: "test",
  parameters: kwargs(parameters),
  ...rest,
});

let last = 0;
/** A PushTaskRequest. */
function push(name: string, parameters: object = {}): Buffer {
  last += 1;
  return encodeTask(
    encodeActivation({
      id: `p${last}`,
      namespace: "t",
      task: `t.${name}`,
      application: "test",
      headers: new Map(),
      receivedAt: Date.now(),
      parameters: kwargs(parameters),
      retry: NO_RETRY_STATE,
      deadline: 30,
      expires: undefined,
      delay: undefined,
    }),
  );
}

function client(address: string, security: Security = {}): UnaryClient {
  const made = new UnaryClient(address, security);
  open.push(() => made.close());
  return made;
}

/** How a call ends that is not OK. */
const refusal = (call: Promise<unknown>) =>
  call.then(
    () => "OK",
    (error: { code: status; details: string }) => `${status[error.code]}: ${error.details}`,
  );

describe("a worker in push mode with a Taskwire broker", () => {
  it("runs everything once and reports it in batches", async () => {
    const { harness, listen } = await pushing();
    await using between = await ConsumerOnly.start(() => harness.address);
    const { worker } = await pushed(between.address, listen);
    await harness.send(...Array.from({ length: 200 }, () => task("echo", {})));
    await until(async () => (await harness.status()).ended.completed === 200);
    await until(() => worker.stats().sessions[0]?.held === 0);
    expect(worker.stats().finished).toEqual({ complete: 200, retry: 0, failure: 0, cancelled: 0 });
    expect(between.count("SetTaskStatus")).toBe(0);
    expect(between.count("SetBatchActivationStatus")).toBeLessThanOrEqual(200);
  });

  it("never runs more than its slots; other work waits in the broker and runs later", async () => {
    const { harness, listen } = await pushing();
    const { worker } = await pushed(harness.address, listen, {}, { concurrency: 2 });
    const { log, gate, lines, open: release } = files();
    await harness.send(...Array.from({ length: 12 }, () => task("gated", { log, gate })));
    await until(() => lines().length === 2);
    expect(worker.stats().running).toBe(2);
    release();
    await until(async () => (await harness.status()).ended.completed === 12);
    expect(lines()).toHaveLength(12);
  });

  it("sends its outcomes until they are acknowledged, and takes no work until then", async () => {
    const { harness, listen } = await pushing();
    await using between = await ConsumerOnly.start(() => harness.address);
    const { worker } = await pushed(between.address, listen);
    let failures = 0;
    between.fails = () => {
      failures += 1;
      return { code: status.INTERNAL, details: "disk full" };
    };
    // More than the worker takes at once: its four slots and a batch of 64 beyond them.
    await harness.send(...Array.from({ length: 200 }, () => task("echo", {})));
    await until(() => failures > 3);
    expect(worker.stats().finished.complete).toBeLessThan(200);
    between.fails = undefined;
    await until(async () => (await harness.status()).ended.completed === 200);
    expect(worker.stats()).toMatchObject({ dropped: 0, finished: { complete: 200 } });
  });

  it("finishes and reports what it took at a stop, and takes nothing more", async () => {
    const { harness, listen } = await pushing();
    const { worker } = await pushed(harness.address, listen, {}, { concurrency: 1, drainGrace: 20_000 });
    const { log, gate, lines, open: release } = files();
    await harness.send(...[1, 2, 3].map(() => task("gated", { log, gate })));
    await until(() => lines().length === 1);
    const stopped = worker.stop();
    release();
    await stopped;
    const { counts, ended } = await until(async () => {
      const found = await harness.status();
      return found.counts.processing === 0 && found;
    });
    expect(ended.completed).toBe(lines().length);
    expect(counts.pending + counts.parked).toBe(3 - lines().length);
  });
});

describe("a push", () => {
  it("is taken only with a signature over its bytes", async () => {
    const { address, worker } = await pushed("127.0.0.1:1", "127.0.0.1:0", SIGNED);
    const body = push("echo");
    expect(await refusal(client(address).call(WORKER.PushTask, body, 10_000))).toMatch(/^UNAUTHENTICATED: .* missing/);
    const { path, requestSerialize, responseDeserialize } = WORKER.PushTask;
    const metadata = new Metadata();
    const other = callMetadata(SIGNED, path, push("echo")).get(SIGNATURE_METADATA)[0] ?? "";
    metadata.set(SIGNATURE_METADATA, other);
    const forged = new Promise((resolve, reject) =>
      client(address).channel.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        body,
        metadata,
        (error: Error | null) => (error === null ? resolve(undefined) : reject(error)),
      ),
    );
    expect(await refusal(forged)).toMatch(/^UNAUTHENTICATED/);
    expect(worker.stats().finished.complete).toBe(0);
    const rotated = { secrets: new Secrets(["old"]) };
    expect(await refusal(client(address, rotated).call(WORKER.PushTask, body, 10_000))).toBe("OK");
    await until(() => worker.stats().finished.complete === 1);
  });

  it("is RESOURCE_EXHAUSTED when no slot came free for five seconds, and taken when one does", async () => {
    const { address, worker, clock } = await pushed("127.0.0.1:1", "127.0.0.1:0", {}, { concurrency: 1 });
    const { log, gate, lines, open: release } = files();
    const caller = client(address);
    const call = () => refusal(caller.call(WORKER.PushTask, push("gated", { log, gate }), 60_000));
    expect(await call()).toBe("OK");
    await until(() => lines().length === 1);
    const full = call();
    let answered = false;
    void full.then(() => {
      answered = true;
    });
    await until(() => {
      clock.skip(1000);
      return answered;
    });
    expect(await full).toBe("RESOURCE_EXHAUSTED: worker busy");
    const waits = call();
    release();
    expect(await waits).toBe("OK");
    await until(() => worker.stats().finished.complete === 2);
  });

  it("is RESOURCE_EXHAUSTED while the worker drains; health checks, unsigned, say NOT_SERVING", async () => {
    const { address, worker } = await pushed("127.0.0.1:1", "127.0.0.1:0", SIGNED, { drainGrace: 1000 });
    const caller = client(address, SIGNED);
    const health = () => client(address).call(HEALTH.Check, Buffer.alloc(0), 10_000).then(decodeHealthResponse);
    expect(await health()).toBe(true);
    const { log, gate, lines, open: release } = files();
    await caller.call(WORKER.PushTask, push("gated", { log, gate }), 10_000);
    await until(() => lines().length === 1);
    const stopped = worker.stop();
    expect(await refusal(caller.call(WORKER.PushTask, push("echo"), 10_000))).toMatch(/^RESOURCE_EXHAUSTED/);
    expect(await health()).toBe(false);
    release();
    await stopped;
  });

  it("that is malformed is INVALID_ARGUMENT", async () => {
    const { address } = await pushed("127.0.0.1:1");
    const caller = client(address);
    for (const body of [Buffer.alloc(0), Buffer.from([0xff, 0xff]), Buffer.from([0x0a, 0x7f, 1])]) {
      expect(await refusal(caller.call(WORKER.PushTask, body, 10_000))).toMatch(/^INVALID_ARGUMENT/);
    }
  });
});

const why = NO_OPENSSL === undefined ? "" : ` (skipped: ${NO_OPENSSL})`;

describe.skipIf(NO_OPENSSL !== undefined)(`broker and pushed worker as processes, with secrets and TLS${why}`, () => {
  it("work together, and the worker ends with exit code 0 at SIGTERM", async () => {
    const authority = new Authority();
    open.push(() => rmSync(authority.folder, { recursive: true, force: true }));
    const { cert, key } = authority.issue("both", "IP:127.0.0.1");
    const listen = `127.0.0.1:${await freePort()}`;
    const push = [{ application: "faults", addresses: [listen] }];
    const pushed = { ...environment, pools: environment.pools.map((pool) => ({ ...pool, push })) };
    const variables: NodeJS.ProcessEnv = {
      TASKWIRE_SECRETS: '["a","b"]',
      TASKWIRE_TLS_CA: authority.ca,
      TASKWIRE_TLS_CERT: cert,
      TASKWIRE_TLS_KEY: key,
    };
    await using harness = new ProcessHarness(pushed, HANDLERS, variables);
    variables[FOLDER_VARIABLE] = harness.data;
    const history = new History(harness.data);
    await harness.broker();
    const worker = await harness.worker("--push-listen", listen);
    await using client = await connect(pushed, { dataFolder: harness.data });
    void client;
    await Promise.all(Array.from({ length: 50 }, (_, n) => faults.quick.delay({ n })));
    await Promise.all(Array.from({ length: 5 }, (_, n) => faults.once.delay({ n })));
    await until(() => history.ended().length === 55);
    expect(existsSync(join(harness.data, "locks.db"))).toBe(true);
    expect(await worker.stop(), worker.said()).toBe(0);
    expect(history.ended()).toHaveLength(55);
  });

  it("a worker with several brokers rejects push mode with a message", async () => {
    await using harness = new ProcessHarness(environment, HANDLERS);
    const { code, said } = await outcome([
      ...["worker", "--handlers", HANDLERS, "--data", harness.data, "--push-listen", "127.0.0.1:0"],
      ...["--broker", "127.0.0.1:1,127.0.0.1:2"],
    ]);
    expect(code).not.toBe(0);
    expect(said).toContain("--push-listen reports to a single broker: expected one address in --broker, got");
  });
});
