import { describe, expect, it } from "vitest";
import {
  decodeGetTask,
  decodeSetBatchActivationStatus,
  decodeSetTaskStatus,
  encodeTask,
  RequestError,
} from "#runtime/wire/codec/consumer-codec.js";
import {
  GetTaskRequest,
  GetTaskResponse,
  PushTaskRequest,
  SetBatchActivationStatusRequest,
  SetTaskStatusRequest,
  SetTaskStatusResponse,
} from "#runtime/wire/proto/taskbroker.js";

describe("the messages of ConsumerService", () => {
  it("distinguish a field that was not sent from an empty one", () => {
    expect(decodeGetTask(new Uint8Array(0))).toEqual({ application: undefined, namespace: undefined });
    const sent = GetTaskRequest.encode({ application: "", namespace: "n" }).finish();
    expect(decodeGetTask(sent)).toEqual({ application: "", namespace: "n" });
  });

  it("carry status, wish, attempts and delay; a delay of 2^64-1 becomes the largest safe integer", () => {
    const update: SetTaskStatusRequest = {
      id: "a",
      status: 4,
      fetchNextTask: { application: "app" },
      maxAttempts: 2 ** 32 - 1,
      delayOnRetry: 2n ** 64n - 1n,
    };
    const read = {
      id: "a",
      status: 4,
      next: { application: "app", namespace: undefined },
      maxAttempts: 2 ** 32 - 1,
      delay: Number.MAX_SAFE_INTEGER,
    };
    expect(decodeSetTaskStatus(SetTaskStatusRequest.encode(update).finish())).toEqual(read);
    const batch = SetBatchActivationStatusRequest.encode({ updates: [update, { id: "", status: 0 }] }).finish();
    const nothing = { id: "", status: 0, next: undefined, maxAttempts: undefined, delay: undefined };
    expect(decodeSetBatchActivationStatus(batch)).toEqual([read, nothing]);
  });

  it("carry any number as a status", () => {
    // Field 2 as -1: ten bytes of varint.
    const bytes = Uint8Array.of(0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01);
    expect(decodeSetTaskStatus(bytes).status).toBe(-1);
  });

  it("hold the stored bytes of an activation as they are", () => {
    // id, taskname, and a field that nobody knows.
    const activation = Buffer.from("0a01611a0174f8072a", "hex");
    const bytes = encodeTask(activation);
    expect(bytes.subarray(2)).toEqual(activation);
    for (const message of [GetTaskResponse, SetTaskStatusResponse, PushTaskRequest]) {
      expect(message.decode(bytes).task).toMatchObject({ id: "a", taskname: "t" });
    }
    expect(encodeTask(new Uint8Array(300)).subarray(0, 3)).toEqual(Buffer.of(0x0a, 0xac, 0x02));
  });

  it("are refused when they cannot be read", () => {
    for (const decode of [decodeGetTask, decodeSetTaskStatus, decodeSetBatchActivationStatus]) {
      expect(() => decode(Uint8Array.of(0x0a, 0x7f, 0x01))).toThrow(RequestError);
    }
  });
});
