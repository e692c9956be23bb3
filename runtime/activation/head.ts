import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import type { ActivationHead, RetryState } from "./activation.js";
import { milliseconds, NO_RETRY_STATE, onExceeded } from "./codec.js";
import { UndecodableError } from "./errors.js";

type Draft = { -readonly [Key in keyof ActivationHead]: ActivationHead[Key] };

const utf8 = new TextDecoder("utf-8", { fatal: true });
const NO_HEADERS: ReadonlyMap<string, string> = new Map();

/**
 * What the broker needs of an encoded TaskActivation; parameters are skipped, not copied. The same as decodeHead.
 * Throws UndecodableError for malformed bytes and for an activation without id or taskname.
 */
export function readHead(bytes: Uint8Array): ActivationHead {
  try {
    return read(bytes);
  } catch (error) {
    if (error instanceof UndecodableError) throw error;
    throw new UndecodableError("the bytes are no TaskActivation", { cause: error });
  }
}

function read(bytes: Uint8Array): ActivationHead {
  const reader = new BinaryReader(bytes);
  const head: Draft = {
    id: "",
    namespace: "",
    task: "",
    application: "",
    headers: NO_HEADERS,
    receivedAt: 0,
    retry: NO_RETRY_STATE,
    deadline: 0,
    expires: undefined,
    delay: undefined,
  };
  let headers: Map<string, string> | undefined;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    switch (tag) {
      case 0x0a:
        head.id = text(reader);
        break;
      case 0x12:
        head.namespace = text(reader);
        break;
      case 0x1a:
        head.task = text(reader);
        break;
      case 0x2a:
        headers ??= new Map();
        readHeader(reader, headers);
        head.headers = headers;
        break;
      case 0x32:
        head.receivedAt = readTimestamp(reader);
        break;
      case 0x3a:
        head.retry = readRetry(reader);
        break;
      case 0x40:
        head.deadline = wide(reader);
        break;
      case 0x48:
        head.expires = wide(reader);
        break;
      case 0x58:
        head.delay = wide(reader);
        break;
      case 0x62:
        head.application = text(reader);
        break;
      default:
        skip(reader, tag);
    }
  }
  if (reader.pos !== reader.len) throw new UndecodableError("the bytes end within a field");
  if (head.id === "" || head.task === "") throw new UndecodableError("a TaskActivation without id or taskname");
  return head;
}

function text(reader: BinaryReader): string {
  return utf8.decode(reader.bytes());
}

function skip(reader: BinaryReader, tag: number): void {
  if (tag >>> 3 === 0) throw new UndecodableError("a field number of 0");
  if ((tag & 7) === WireType.LengthDelimited) {
    const end = reader.uint32() + reader.pos;
    if (end > reader.len) throw new UndecodableError("the bytes end within a field");
    reader.pos = end;
  } else {
    reader.skip(tag & 7, tag >>> 3);
  }
}

/** An unsigned 64-bit number, at most the largest safe integer. */
function wide(reader: BinaryReader): number {
  const number = Number(reader.uint64());
  return Number.isSafeInteger(number) ? number : Number.MAX_SAFE_INTEGER;
}

function within(reader: BinaryReader, field: (tag: number, inner: BinaryReader) => void): void {
  const inner = new BinaryReader(reader.bytes());
  while (inner.pos < inner.len) field(inner.uint32(), inner);
}

function readHeader(reader: BinaryReader, headers: Map<string, string>): void {
  let key = "";
  let value = "";
  within(reader, (tag, inner) => {
    if (tag === 0x0a) key = text(inner);
    else if (tag === 0x12) value = text(inner);
    else skip(inner, tag);
  });
  headers.set(key, value);
}

function readTimestamp(reader: BinaryReader): number {
  let seconds = 0;
  let nanos = 0;
  within(reader, (tag, inner) => {
    if (tag === 0x08) seconds = Number(inner.int64());
    else if (tag === 0x10) nanos = inner.int32();
    else skip(inner, tag);
  });
  return milliseconds(seconds, nanos);
}

function readRetry(reader: BinaryReader): RetryState {
  let attempts = 0;
  let maxAttempts = 0;
  let exceeded = 0;
  let atMostOnce = false;
  let delay: number | undefined;
  within(reader, (tag, inner) => {
    if (tag === 0x08) attempts = inner.uint32();
    else if (tag === 0x10) maxAttempts = inner.uint32();
    else if (tag === 0x18) exceeded = inner.int32();
    else if (tag === 0x20) atMostOnce = inner.bool();
    else if (tag === 0x28) delay = wide(inner);
    else skip(inner, tag);
  });
  return { attempts, maxAttempts, onExceeded: onExceeded(exceeded), atMostOnce, delay };
}
