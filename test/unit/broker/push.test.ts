import { status } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { silentLogger } from "#runtime/base/logger.js";
import { Push } from "#runtime/broker/dispatch/push/push.js";
import { encodeTask } from "#runtime/wire/codec/consumer-codec.js";
import { Secrets } from "#runtime/wire/security/secrets.js";
import type { Security } from "#runtime/wire/security/security.js";
import { sign } from "#runtime/wire/security/signature.js";
import { WORKER } from "#runtime/wire/services.js";
import type { Delivery } from "#runtime/wire/session.js";
import { freePort } from "../../support/processes/operating-system.js";
import { until } from "../../support/waiting.js";
import { accept, type PushAnswer, PushWorker } from "../../support/wire/push-worker.js";
import { FakeFetchEngine } from "./fake-fetch-engine.js";

const running: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});

async function startWorker(): Promise<PushWorker> {
  const worker = await absentWorker();
  await worker.start();
  return worker;
}

async function absentWorker(): Promise<PushWorker> {
  const worker = await PushWorker.absent();
  running.push(() => worker.stop());
  return worker;
}

function pushing(engine: FakeFetchEngine, addresses: readonly string[], security: Security = {}): Push {
  const push = new Push([{ application: "app", addresses }], engine.fetches, engine.clock, silentLogger, security);
  running.push(() => push.stop());
  return push;
}

const delivery = (claim: number): Delivery => ({
  claim,
  activation: Buffer.concat([Buffer.of(0x0a, 1, 0x60 + claim, 0x1a, 1, 0x74)]),
  deadline: 30_000,
});

const open = (engine: FakeFetchEngine) => engine.of("fetch").length - engine.of("unfetch").length;
const REFUSAL = { code: status.RESOURCE_EXHAUSTED, details: "worker busy" };

describe("a push", () => {
  it("sends the activation as it is stored, signed, and fetches the next", async () => {
    const engine = new FakeFetchEngine();
    const worker = await startWorker();
    const secrets = new Secrets(["first", "second"]);
    pushing(engine, [worker.address], { secrets });
    await until(() => engine.of("fetch").length === 1);
    expect(engine.of("fetch")).toMatchObject([{ application: "app", namespace: undefined }]);
    engine.fetches.handOut(1, delivery(1));
    await until(() => engine.of("fetch").length === 2);
    expect(worker.taken.map(({ id }) => id)).toEqual(["a"]);
    const signature = sign(secrets.signing, WORKER.PushTask.path, encodeTask(delivery(1).activation));
    expect(worker.metadata[0]?.get("sentry-signature")).toEqual([signature]);
    expect(engine.of("refused")).toEqual([]);
  });

  it("renews a fetch that brought nothing, but not at once when it was answered too early", async () => {
    const engine = new FakeFetchEngine();
    const worker = await startWorker();
    pushing(engine, [worker.address]);
    await until(() => engine.of("fetch").length === 1);
    const hold = (engine.of("fetch")[0]?.holdUntil ?? 0) - engine.clock.now();
    engine.clock.advance(hold);
    engine.fetches.handOut(1, undefined);
    await until(() => engine.of("fetch").length === 2);
    engine.fetches.handOut(2, undefined);
    await until(() => engine.clock.timers === 1);
    expect(engine.of("fetch")).toHaveLength(2);
    engine.clock.advance(1000);
    expect(engine.of("fetch")).toHaveLength(3);
  });

  it("that is refused goes back, and the worker rests longer each time, until it accepts", async () => {
    const engine = new FakeFetchEngine();
    const worker = await startWorker();
    worker.take = (answer) => answer(REFUSAL);
    pushing(engine, [worker.address]);
    await until(() => engine.of("fetch").length === 1);
    for (let round = 1; round <= 12; round += 1) {
      engine.fetches.handOut(round, delivery(1));
      await until(() => engine.of("refused").length === round);
      // Half of the step at least: nothing happens before.
      const step = Math.min(20_000, 100 * 2 ** (round - 1));
      engine.clock.advance(step / 2 - 1);
      expect(engine.of("fetch")).toHaveLength(round);
      engine.clock.advance(step / 2 + 1);
      expect(engine.of("fetch")).toHaveLength(round + 1);
    }
    worker.take = accept;
    engine.fetches.handOut(13, delivery(1));
    await until(() => engine.of("fetch").length === 14);
    expect(engine.clock.timers).toBe(0);
    worker.take = (answer) => answer(REFUSAL);
    engine.fetches.handOut(14, delivery(1));
    await until(() => engine.of("refused").length === 13);
    // It takes two at a time by now: the fetch that was open beside this push was cancelled.
    expect(open(engine)).toBe(14);
    engine.clock.advance(100);
    expect(open(engine)).toBe(15);
  });

  it.each([
    ["refused", status.UNIMPLEMENTED],
    ["refused", status.UNAUTHENTICATED],
    ["unanswered", status.UNAVAILABLE],
    ["unanswered", status.INTERNAL],
    ["unanswered", status.DEADLINE_EXCEEDED],
    ["unanswered", status.UNKNOWN],
  ] as const)("is %s when the answer is gRPC status %i", async (kind, code) => {
    const engine = new FakeFetchEngine();
    const worker = await startWorker();
    worker.take = (answer) => answer({ code, details: "" });
    pushing(engine, [worker.address]);
    await until(() => engine.of("fetch").length === 1);
    engine.fetches.handOut(1, delivery(5));
    await until(() => engine.of(kind).length === 1);
    expect(engine.of(kind)).toEqual([{ kind, claim: 5 }]);
    expect(engine.of("refused").length + engine.of("unanswered").length).toBe(1);
  });

  it("is unanswered when the connection ends before the answer", async () => {
    const engine = new FakeFetchEngine();
    const worker = await startWorker();
    worker.take = () => worker.stop();
    pushing(engine, [worker.address]);
    await until(() => engine.of("fetch").length === 1);
    engine.fetches.handOut(1, delivery(5));
    await until(() => engine.of("unanswered").length === 1);
  });
});

describe("workers that are pushed to", () => {
  it("get no work while they cannot be reached, and get it when they are back", async () => {
    const engine = new FakeFetchEngine();
    const worker = await absentWorker();
    pushing(engine, [worker.address]);
    expect(engine.events).toEqual([]);
    await worker.start();
    await until(() => open(engine) === 1);
    worker.stop();
    await until(() => open(engine) === 0);
    await worker.start();
    await until(() => open(engine) === 1);
    engine.fetches.handOut(engine.of("fetch").length, delivery(1));
    await until(() => worker.taken.length === 1);
  });

  it("share the work: the one with the fewest unanswered pushes gets the next", async () => {
    const engine = new FakeFetchEngine();
    const workers = [await startWorker(), await startWorker(), await startWorker()];
    const answers: PushAnswer[] = [];
    for (const worker of workers) worker.take = (answer) => answers.push(answer);
    pushing(engine, [...workers.map(({ address }) => address), `127.0.0.1:${await freePort()}`]);
    for (let claim = 1; claim <= 3; claim += 1) {
      await until(() => engine.of("fetch").length === claim);
      engine.fetches.handOut(claim, delivery(claim));
      await until(() => answers.length === claim);
    }
    expect(workers.map(({ taken }) => taken.length)).toEqual([1, 1, 1]);
    // Each takes one at a time until it has shown that it accepts promptly.
    expect(engine.of("fetch")).toHaveLength(3);
    for (const answer of answers) accept(answer);
    await until(() => engine.of("fetch").length === 4);
  });

  it("get more at a time while they accept promptly, one at a time after a refusal", async () => {
    const engine = new FakeFetchEngine();
    const worker = await startWorker();
    pushing(engine, [worker.address]);
    let handed = 0;
    const hand = async () => {
      await until(() => open(engine) > handed);
      handed += 1;
      engine.fetches.handOut(handed, delivery(1));
    };
    for (let count = 0; count < 8; count += 1) await hand();
    await until(() => worker.taken.length === 8 && open(engine) === 9);
    const answers: PushAnswer[] = [];
    worker.take = (answer) => answers.push(answer);
    for (let count = 0; count < 4; count += 1) await hand();
    await until(() => answers.length === 4);
    expect(engine.of("fetch")).toHaveLength(12);
    for (const answer of answers.splice(0)) answer(REFUSAL);
    await until(() => engine.of("refused").length === 4);
    engine.clock.advance(100);
    await hand();
    await until(() => answers.length === 1);
    expect(engine.of("fetch")).toHaveLength(13);
  });
});

describe("a stop", () => {
  it("returns what was not sent, and waits for the answers to what was", async () => {
    const engine = new FakeFetchEngine();
    const worker = await startWorker();
    const answers: PushAnswer[] = [];
    worker.take = (answer) => answers.push(answer);
    const push = pushing(engine, [worker.address]);
    await until(() => engine.of("fetch").length === 1);
    engine.fetches.handOut(1, delivery(1));
    await until(() => answers.length === 1);
    let stopped = false;
    const stop = push.stop().then(() => {
      stopped = true;
    });
    answers[0]?.(REFUSAL);
    await stop;
    expect(stopped).toBe(true);
    expect(engine.of("refused")).toEqual([{ kind: "refused", claim: 1 }]);
  });

  it("returns a hand-out that comes too late", async () => {
    const engine = new FakeFetchEngine();
    const worker = await startWorker();
    const push = pushing(engine, [worker.address]);
    await until(() => engine.of("fetch").length === 1);
    await push.stop();
    expect(engine.of("unfetch")).toEqual([{ kind: "unfetch", fetch: 1 }]);
    engine.fetches.handOut(1, delivery(1));
    expect(engine.of("refused")).toEqual([{ kind: "refused", claim: 1 }]);
    expect(worker.taken).toEqual([]);
  });

  it("does not wait long for a worker that never answers: what it has stays claimed", async () => {
    const engine = new FakeFetchEngine();
    const worker = await startWorker();
    worker.take = () => {};
    const push = pushing(engine, [worker.address]);
    await until(() => engine.of("fetch").length === 1);
    engine.fetches.handOut(1, delivery(1));
    await until(() => worker.taken.length === 1);
    const stop = push.stop();
    engine.clock.advance(3000);
    await stop;
    expect(engine.of("refused").length + engine.of("unanswered").length).toBe(0);
  });
});
