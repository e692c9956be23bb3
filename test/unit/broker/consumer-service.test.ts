import { EventEmitter } from "node:events";
import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { silentLogger } from "#runtime/base/logger.js";
import { consumerService } from "#runtime/broker/dispatch/services/consumer-service.js";
import {
  GetTaskRequest,
  SetBatchActivationStatusRequest,
  SetTaskStatusRequest,
} from "#runtime/wire/proto/taskbroker.js";
import type { UnaryCall } from "#runtime/wire/server/endpoint.js";
import { CONSUMER } from "#runtime/wire/services.js";
import type { Delivery } from "#runtime/wire/session.js";
import { FakeFetchEngine } from "./fake-fetch-engine.js";

class Caller extends EventEmitter implements UnaryCall {
  readonly secret = undefined;
  readonly peer = "127.0.0.1:1";
  cancelled = false;

  onCancelled(listener: () => void): void {
    this.once("cancelled", listener);
  }

  go(): void {
    this.cancelled = true;
    this.emit("cancelled");
  }
}

function service({ pushed = [], hold = 1000 }: { pushed?: readonly string[]; hold?: number } = {}) {
  const engine = new FakeFetchEngine();
  const endpoints = consumerService({
    fetches: engine.fetches,
    pushed: new Set(pushed),
    hold,
    logger: silentLogger,
  });
  const caller = new Caller();
  const call = async ({ path }: { readonly path: string }, request: Uint8Array) => {
    const endpoint = endpoints.find(({ method }) => method.path === path);
    if (endpoint?.kind !== "unary") throw new Error(`${path} is not served`);
    return endpoint.handle(Buffer.from(request), caller);
  };
  return {
    engine,
    caller,
    get: (wish: GetTaskRequest) => call(CONSUMER.GetTask, GetTaskRequest.encode(wish).finish()),
    set: (update: SetTaskStatusRequest) => call(CONSUMER.SetTaskStatus, SetTaskStatusRequest.encode(update).finish()),
    setAll: (updates: SetTaskStatusRequest[]) =>
      call(CONSUMER.SetBatchActivationStatus, SetBatchActivationStatusRequest.encode({ updates }).finish()),
  };
}

const delivery = (claim: number): Delivery => ({
  claim,
  activation: Uint8Array.of(0x0a, 0x01, 0x61),
  deadline: 30_000,
});
const BYTES = Buffer.of(0x0a, 0x03, 0x0a, 0x01, 0x61);

const NOTHING = { status: status.NOT_FOUND, message: "No pending activations" };
const PUSH_MODE = { status: status.PERMISSION_DENIED, message: "Cannot call while broker is in PUSH mode" };

describe("GetTask", () => {
  it("is held until there is work", async () => {
    const { engine, get } = service();
    const answer = get({ application: "app", namespace: "n" });
    expect(engine.events).toEqual([
      { kind: "fetch", fetch: 1, application: "app", namespace: "n", holdUntil: engine.clock.now() + 1000 },
    ]);
    engine.fetches.handOut(1, delivery(7));
    expect(await answer).toEqual(BYTES);
  });

  it("finds nothing when the machine says so, and at once without a hold", async () => {
    const { engine, get } = service();
    const answer = get({});
    engine.fetches.handOut(1, undefined);
    await expect(answer).rejects.toMatchObject(NOTHING);
    await expect(service({ hold: 0 }).get({})).rejects.toMatchObject(NOTHING);
  });

  it("finds nothing for a namespace without an application, and asks nobody", async () => {
    const { engine, get } = service();
    await expect(get({ namespace: "n" })).rejects.toMatchObject(NOTHING);
    expect(engine.events).toEqual([]);
  });

  it("is denied to applications that are pushed to, and to who would take any application's work", async () => {
    const { engine, get } = service({ pushed: ["app"], hold: 0 });
    await expect(get({ application: "app" })).rejects.toMatchObject(PUSH_MODE);
    await expect(get({})).rejects.toMatchObject(PUSH_MODE);
    expect(engine.events).toEqual([]);
    await expect(get({ application: "other" })).rejects.toMatchObject(NOTHING);
  });

  it("is forgotten when the caller goes, and what is handed out to it all the same goes back", async () => {
    const { engine, get, caller } = service();
    const answer = get({ application: "app" });
    caller.go();
    await expect(answer).rejects.toMatchObject({ status: status.CANCELLED });
    expect(engine.of("unfetch")).toEqual([{ kind: "unfetch", fetch: 1 }]);
    engine.fetches.handOut(1, delivery(7));
    expect(engine.of("refused")).toEqual([{ kind: "refused", claim: 7 }]);
  });

  it("returns what was handed out in the moment in which the caller went", async () => {
    const { engine, get, caller } = service();
    const answer = get({ application: "app" });
    engine.fetches.handOut(1, delivery(7));
    caller.go();
    await expect(answer).rejects.toMatchObject({ status: status.CANCELLED });
    expect(engine.of("refused")).toEqual([{ kind: "refused", claim: 7 }]);
  });
});

describe("SetTaskStatus", () => {
  it("answers at once about work that may run again", async () => {
    const { engine, set, setAll } = service();
    engine.disk = new Promise(() => {});
    engine.repeatable.add("a").add("b");
    engine.pending.push(delivery(7));
    expect(await set({ id: "a", status: 5, fetchNextTask: { application: "app" } })).toEqual(BYTES);
    expect(await set({ id: "b", status: 5 })).toHaveLength(0);
    expect(
      await setAll([
        { id: "a", status: 5 },
        { id: "b", status: 4 },
      ]),
    ).toHaveLength(0);
  });

  it("answers a batch when it is on disk if one of them must not run again", async () => {
    const { engine, setAll } = service();
    engine.disk = Promise.reject(new Error("disk"));
    engine.repeatable.add("a");
    await expect(
      setAll([
        { id: "a", status: 5 },
        { id: "once", status: 5 },
      ]),
    ).rejects.toMatchObject({
      status: status.INTERNAL,
    });
  });

  it("concludes, then fetches without holding, and answers when a conclusion that must not be lost is on disk", async () => {
    const { engine, set } = service();
    let onDisk = () => {};
    engine.disk = new Promise((resolve) => {
      onDisk = resolve;
    });
    engine.pending.push(delivery(7));
    let answered = false;
    const answer = set({ id: "a", status: 5, fetchNextTask: { application: "app" } }).finally(() => {
      answered = true;
    });
    expect(engine.events).toEqual([
      { kind: "concluded", conclusions: [{ id: "a", status: "complete", maxAttempts: undefined, delay: undefined }] },
      { kind: "fetch", fetch: 1, application: "app", namespace: undefined, holdUntil: engine.clock.now() },
    ]);
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    expect(answered).toBe(false);
    onDisk();
    expect(await answer).toEqual(BYTES);
  });

  it("answers without a task when there is none, none is wanted, or none may be had", async () => {
    const { engine, set } = service({ pushed: ["app"] });
    for (const fetchNextTask of [undefined, {}, { namespace: "n" }, { application: "app" }, { application: "b" }]) {
      expect(await set({ id: "a", status: 3, fetchNextTask })).toHaveLength(0);
    }
    expect(engine.of("concluded")).toHaveLength(5);
    expect(engine.of("fetch").map(({ application }) => application)).toEqual(["b"]);
  });

  it.each([
    [0, "Invalid status, expects 3 (Failure), 4 (Retry), or 5 (Complete), but got: Unspecified"],
    [1, "Invalid status, expects 3 (Failure), 4 (Retry), or 5 (Complete), but got: Pending"],
    [2, "Invalid status, expects 3 (Failure), 4 (Retry), or 5 (Complete), but got: Processing"],
    [6, "Unable to deserialize status: UnknownEnumValue(6)"],
    [-1, "Unable to deserialize status: UnknownEnumValue(-1)"],
  ])("refuses the status %i before any effect", async (code, message) => {
    const { engine, set, setAll } = service();
    const refused = { status: status.INVALID_ARGUMENT, message };
    const bad = { ...SetTaskStatusRequest.decode(new Uint8Array(0)), id: "a", status: code as 0 };
    await expect(set({ ...bad, fetchNextTask: {} })).rejects.toMatchObject(refused);
    await expect(setAll([{ id: "b", status: 5 }, bad])).rejects.toMatchObject(refused);
    expect(engine.events).toEqual([]);
  });

  it("gives the next one back when the disk refuses the conclusion", async () => {
    const { engine, set, setAll } = service();
    engine.disk = Promise.reject(new Error("disk"));
    engine.pending.push(delivery(7));
    await expect(set({ id: 'a"', status: 4, fetchNextTask: {} })).rejects.toMatchObject({
      status: status.INTERNAL,
      message: 'Unable to update status of "a\\"" to Retry',
    });
    expect(engine.of("refused")).toEqual([{ kind: "refused", claim: 7 }]);
    await expect(setAll([{ id: "a", status: 5 }])).rejects.toMatchObject({
      status: status.INTERNAL,
      message: "Failed to set batch activation status",
    });
  });

  it("gives the next one back when the caller went meanwhile", async () => {
    const { engine, set, caller } = service();
    engine.pending.push(delivery(7));
    const answer = set({ id: "a", status: 5, fetchNextTask: {} });
    caller.go();
    await expect(answer).rejects.toMatchObject({ status: status.CANCELLED });
    expect(engine.of("refused")).toEqual([{ kind: "refused", claim: 7 }]);
  });
});

describe("SetBatchActivationStatus", () => {
  it("concludes all at once and asks for nothing", async () => {
    const { engine, setAll } = service();
    const answer = await setAll([
      { id: "a", status: 5, fetchNextTask: { application: "app" } },
      { id: "b", status: 4, maxAttempts: 3, delayOnRetry: 2n ** 64n - 1n },
    ]);
    expect(answer).toHaveLength(0);
    expect(engine.events).toEqual([
      {
        kind: "concluded",
        conclusions: [
          { id: "a", status: "complete", maxAttempts: undefined, delay: undefined },
          { id: "b", status: "retry", maxAttempts: 3, delay: Number.MAX_SAFE_INTEGER },
        ],
      },
    ]);
  });
});

describe("a broker that stops", () => {
  it("answers waiting fetches with nothing, and takes no conclusion that it could not store", async () => {
    const { engine, get, set, setAll } = service();
    const held = get({});
    engine.fetches.close();
    await expect(held).rejects.toMatchObject(NOTHING);
    await expect(get({})).rejects.toMatchObject(NOTHING);
    await expect(set({ id: "a", status: 5 })).rejects.toMatchObject({ status: status.UNAVAILABLE });
    await expect(setAll([])).rejects.toMatchObject({ status: status.UNAVAILABLE });
    expect(engine.events.map(({ kind }) => kind)).toEqual(["fetch", "unfetch"]);
  });
});
