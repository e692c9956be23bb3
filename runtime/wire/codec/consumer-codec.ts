import { BinaryReader } from "@bufbuild/protobuf/wire";
import { messageOf, TaskwireError } from "../../base/errors.js";
import {
  type FetchNextTask,
  GetTaskRequest,
  SetBatchActivationStatusRequest,
  SetTaskStatusRequest,
} from "../proto/taskbroker.js";
import { varintLength, writeVarint } from "./varint.js";

/** The bytes of a request cannot be decoded. */
export class RequestError extends TaskwireError {
  constructor(message: string, options?: ErrorOptions) {
    super("bad_request", message, options);
  }
}

/** The filter of a fetch; a field that was not sent is undefined, an empty one is "". */
export interface Wish {
  readonly application: string | undefined;
  readonly namespace: string | undefined;
}

export interface StatusUpdate {
  readonly id: string;
  /** As sent: any 32-bit number. */
  readonly status: number;
  /** undefined: no next activation is requested. */
  readonly next: Wish | undefined;
  readonly maxAttempts: number | undefined;
  /** Seconds, at most the largest safe integer. */
  readonly delay: number | undefined;
}

/** Throws RequestError. */
export function decodeGetTask(bytes: Uint8Array): Wish {
  return wish(decoded(() => GetTaskRequest.decode(bytes)));
}

/** Throws RequestError. */
export function decodeSetTaskStatus(bytes: Uint8Array): StatusUpdate {
  return update(decoded(() => SetTaskStatusRequest.decode(bytes)));
}

/** Throws RequestError. */
export function decodeSetBatchActivationStatus(bytes: Uint8Array): StatusUpdate[] {
  return decoded(() => SetBatchActivationStatusRequest.decode(bytes)).updates.map(update);
}

const TAG_TASK = 0x0a;

/**
 * GetTaskResponse and SetTaskStatusResponse with a task, and PushTaskRequest without a callback URL, are the same
 * bytes: tag, length and the activation as it is stored.
 */
export function encodeTask(activation: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(1 + varintLength(activation.length) + activation.length);
  bytes[0] = TAG_TASK;
  bytes.set(activation, writeVarint(bytes, 1, activation.length));
  return bytes;
}

/** A response without any field. */
export const EMPTY_MESSAGE: Buffer = Buffer.alloc(0);

function wish({ application, namespace }: GetTaskRequest | FetchNextTask): Wish {
  return { application, namespace };
}

function update({ id, status, fetchNextTask, maxAttempts, delayOnRetry }: SetTaskStatusRequest): StatusUpdate {
  return {
    id,
    status,
    next: fetchNextTask === undefined ? undefined : wish(fetchNextTask),
    maxAttempts,
    delay: delayOnRetry === undefined ? undefined : Math.min(Number(delayOnRetry), Number.MAX_SAFE_INTEGER),
  };
}

function decoded<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw new RequestError(`failed to decode Protobuf message: ${messageOf(error)}`, { cause: error });
  }
}

/** The activation in a response or push of encodeTask's form, as a view; undefined when it has none. Throws RequestError. */
export function decodeTask(bytes: Uint8Array): Uint8Array | undefined {
  return decoded(() => {
    let task: Uint8Array | undefined;
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag === TAG_TASK) task = reader.bytes();
      else reader.skip(tag & 7, tag >>> 3);
    }
    return task;
  });
}
