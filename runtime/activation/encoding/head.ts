import { isUtf8 } from "node:buffer";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import type { ActivationHead, RetryState } from "../activation.js";
import { UndecodableError } from "../errors.js";
import { LATEST_MS, LONGEST_NAME_BYTES, LONGEST_SECONDS, MOST_ATTEMPTS, MOST_TAKEN_HEADER_BYTES } from "./bounds.js";
import { milliseconds, NO_RETRY_STATE, onExceeded } from "./codec.js";

/** A limited number of an activation, by its name on the wire. */
export type BoundedField =
  | "received_at"
  | "attempts"
  | "max_attempts"
  | "on_attempts_exceeded"
  | "delay_on_retry"
  | "processing_deadline_duration"
  | "expires"
  | "delay";

/** The head of an activation, and the numbers that were clamped to their limits (bounds.ts). */
interface ReadHead extends ActivationHead {
  readonly clamped: readonly BoundedField[];
}

type Draft = { -readonly [Key in keyof ReadHead]: ReadHead[Key] };

const utf8 = new TextDecoder("utf-8", { fatal: true });
const NO_HEADERS: ReadonlyMap<string, string> = new Map();
const NONE: readonly BoundedField[] = [];

/**
 * Reads an encoded TaskActivation without its parameters, which are skipped, not copied; the result equals decodeHead's.
 * Throws UndecodableError for malformed bytes, for strings that are too long or not UTF-8, and for an activation without
 * id or taskname.
 */
export function readHead(bytes: Uint8Array): ReadHead {
  try {
    return read(bytes);
  } catch (error) {
    if (error instanceof UndecodableError) throw error;
    throw new UndecodableError("the bytes are not a TaskActivation", { cause: error });
  }
}

function read(bytes: Uint8Array): ReadHead {
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
    clamped: NONE,
  };
  let headers: Map<string, string> | undefined;
  let headerBytes = 0;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    switch (tag) {
      case 0x0a:
        head.id = name(reader, "the id");
        break;
      case 0x12:
        head.namespace = name(reader, "the namespace");
        break;
      case 0x1a:
        head.task = name(reader, "the taskname");
        break;
      case 0x22:
        // Checked here because the worker's decoder would replace invalid UTF-8.
        if (!isUtf8(reader.bytes())) throw new UndecodableError("the parameters are not UTF-8");
        break;
      case 0x2a: {
        const entry = reader.bytes();
        headerBytes += entry.length;
        if (headerBytes > MOST_TAKEN_HEADER_BYTES)
          throw new UndecodableError(`the headers are more than ${MOST_TAKEN_HEADER_BYTES} bytes`);
        headers ??= new Map();
        readHeader(entry, headers);
        head.headers = headers;
        break;
      }
      case 0x32:
        head.receivedAt = readTimestamp(reader.bytes(), head);
        break;
      case 0x3a:
        head.retry = readRetry(reader.bytes(), head);
        break;
      case 0x40:
        head.deadline = bounded(reader, LONGEST_SECONDS, "processing_deadline_duration", head);
        break;
      case 0x48:
        head.expires = bounded(reader, LONGEST_SECONDS, "expires", head);
        break;
      case 0x58:
        head.delay = bounded(reader, LONGEST_SECONDS, "delay", head);
        break;
      case 0x62:
        head.application = name(reader, "the application");
        break;
      default:
        skip(reader, tag);
    }
  }
  if (reader.pos !== reader.len) throw new UndecodableError("the bytes end within a field");
  if (head.id === "" || head.task === "") throw new UndecodableError("a TaskActivation without id or taskname");
  return head;
}

function name(reader: BinaryReader, what: string): string {
  const bytes = reader.bytes();
  if (bytes.length > LONGEST_NAME_BYTES)
    throw new UndecodableError(
      `${what} is ${bytes.length} bytes long, at most ${LONGEST_NAME_BYTES} are allowed: ${start(bytes)}`,
    );
  return text(bytes, what);
}

function text(bytes: Uint8Array, what: string): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw new UndecodableError(`${what} is not UTF-8: ${start(bytes)}`, { cause: error });
  }
}

/** The beginning of a refused string, for messages. */
function start(bytes: Uint8Array): string {
  return `${JSON.stringify(Buffer.from(bytes.subarray(0, 40)).toString("latin1"))}${bytes.length > 40 ? "…" : ""}`;
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

/** An unsigned 64-bit number, also for 32-bit fields: a 32-bit reader would truncate a large one. */
function bounded(reader: BinaryReader, most: number, field: BoundedField, head: Draft): number {
  const value = Number(reader.uint64());
  if (value <= most) return value;
  clamp(field, head);
  return most;
}

function clamp(field: BoundedField, head: Draft): void {
  if (!head.clamped.includes(field)) head.clamped = [...head.clamped, field];
}

function within(bytes: Uint8Array, field: (tag: number, inner: BinaryReader) => void): void {
  const inner = new BinaryReader(bytes);
  while (inner.pos < inner.len) field(inner.uint32(), inner);
}

function readHeader(bytes: Uint8Array, headers: Map<string, string>): void {
  let key = "";
  let value = "";
  within(bytes, (tag, inner) => {
    if (tag === 0x0a) key = text(inner.bytes(), "the name of a header");
    else if (tag === 0x12) value = text(inner.bytes(), "the value of a header");
    else skip(inner, tag);
  });
  headers.set(key, value);
}

function readTimestamp(bytes: Uint8Array, head: Draft): number {
  let seconds = 0;
  let nanos = 0;
  within(bytes, (tag, inner) => {
    if (tag === 0x08) seconds = Number(inner.int64());
    else if (tag === 0x10) nanos = inner.int32();
    else skip(inner, tag);
  });
  if (seconds < 0 || seconds * 1000 > LATEST_MS || nanos < 0 || nanos >= 1e9) clamp("received_at", head);
  return milliseconds(seconds, nanos);
}

function readRetry(bytes: Uint8Array, head: Draft): RetryState {
  let attempts = 0;
  let maxAttempts = 0;
  let exceeded = 0;
  let atMostOnce = false;
  let delay: number | undefined;
  within(bytes, (tag, inner) => {
    if (tag === 0x08) attempts = bounded(inner, MOST_ATTEMPTS, "attempts", head);
    else if (tag === 0x10) maxAttempts = bounded(inner, MOST_ATTEMPTS, "max_attempts", head);
    else if (tag === 0x18) exceeded = inner.int32();
    else if (tag === 0x20) atMostOnce = inner.bool();
    else if (tag === 0x28) delay = bounded(inner, LONGEST_SECONDS, "delay_on_retry", head);
    else skip(inner, tag);
  });
  if (exceeded < 0 || exceeded > 2) clamp("on_attempts_exceeded", head);
  return { attempts, maxAttempts, onExceeded: onExceeded(exceeded), atMostOnce, delay };
}
