import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLogger } from "#runtime/base/logger.js";
import { operationsService } from "#runtime/broker/operations/service.js";
import { Line } from "#runtime/front/line.js";
import { StatusRequest, StatusResponse } from "#runtime/wire/proto/taskwire.js";
import { serve } from "#runtime/wire/server/server.js";
import { OPERATIONS } from "#runtime/wire/services.js";
import { SkippingClock } from "../../support/skipping-clock.js";
import { statusWith } from "../../support/status.js";
import { until } from "../../support/waiting.js";

const BODY = Buffer.from(StatusRequest.encode({}).finish());

/** A broker that answers, or hangs. */
class Sleeper {
  hangs = false;
  /** Calls that have reached it. */
  calls = 0;
  address = "";
  close: () => Promise<void> = async () => {};

  async start(): Promise<void> {
    const server = await serve({
      address: "127.0.0.1:0",
      flag: "--listen",
      exposes: "operate",
      endpoints: operationsService({
        status: () => {
          this.calls += 1;
          return this.hangs ? new Promise(() => {}) : Promise.resolve(statusWith({ pool: "default" }));
        },
        verbs: [],
        admit: () => {},
        audited: (verb, _role, _address, request, caller) => verb.run(request, caller),
      }),
      security: {},
      clock: new SkippingClock(),
      logger: silentLogger,
    });
    this.address = server.address;
    this.close = () => server.close();
  }
}

/** Timers that run when a test says so. */
class Timers {
  #timers = new Set<() => void>();

  after(_: number, run: () => void): () => void {
    this.#timers.add(run);
    return () => this.#timers.delete(run);
  }

  get waiting(): number {
    return this.#timers.size;
  }

  runAll(): void {
    const due = [...this.#timers];
    this.#timers.clear();
    for (const run of due) run();
  }
}

let sleeper: Sleeper;
let timers: Timers;
let line: Line;

beforeEach(async () => {
  sleeper = new Sleeper();
  timers = new Timers();
  await sleeper.start();
  line = new Line(sleeper.address, {}, timers);
});

afterEach(async () => {
  line.close();
  await sleeper.close();
});

/** A status call; `patience`: milliseconds. */
async function look(patience: number): Promise<string | undefined> {
  const { json } = StatusResponse.decode(await line.call(OPERATIONS.Status, BODY, patience, undefined));
  return JSON.parse(json).pool;
}

describe("the connection to a broker", () => {
  it("sends nothing to a broker that was late, asks it in the background, and sends again when that is answered", async () => {
    expect(await look(60_000)).toBe("default");
    sleeper.hangs = true;
    await expect(look(100)).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
    await until(() => sleeper.calls === 3);
    timers.runAll();
    for (let calls = 0; calls < 50; calls += 1)
      await expect(look(60_000)).rejects.toMatchObject({
        code: "broker_unreachable",
        message: expect.stringContaining(`the broker at ${sleeper.address} within 0.1 s`),
      });
    expect(sleeper.calls).toBe(3);
    // Late again: the next call in the background waits for its turn.
    await until(() => timers.waiting === 1);
    timers.runAll();
    await until(() => sleeper.calls === 4);
    sleeper.hangs = false;
    await until(() => timers.waiting === 1);
    timers.runAll();
    await until(() => look(60_000).catch(() => undefined));
    expect(await look(60_000)).toBe("default");
  });

  it("does not count as silent where only one call was late", async () => {
    expect(await look(60_000)).toBe("default");
    sleeper.hangs = true;
    const late = look(100);
    await until(() => sleeper.calls === 2);
    sleeper.hangs = false;
    await expect(late).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
    expect(await look(60_000)).toBe("default");
  });

  it("asks no more once it is closed", async () => {
    sleeper.hangs = true;
    await expect(look(100)).rejects.toThrow();
    await until(() => timers.waiting >= 1);
    line.close();
    timers.runAll();
    await expect(look(60_000)).rejects.toThrow();
    expect(timers.waiting).toBe(0);
  });
});
