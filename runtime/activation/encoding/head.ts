import { isUtf8 } from "node:buffer";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { readSmall } from "../../wire/codec/varint.js";
import type { Activation, ActivationHead, RetryState } from "../activation.js";
import { UndecodableError } from "../errors.js";
import { LATEST_MS, LONGEST_NAME_BYTES, LONGEST_SECONDS, MOST_ATTEMPTS, MOST_TAKEN_HEADER_BYTES } from "./bounds.js";
import { milliseconds, NO_RETRY_STATE, onExceeded } from "./codec.js";
import { LastText } from "./last-text.js";

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

/** The names that most activations of a broker or worker share. */
const namespaces = new LastText();
const tasks = new LastText();
const applications = new LastText();
const NO_BYTES = new Uint8Array(0);
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

/**
 * Reads an encoded TaskActivation; the result equals decodeActivation's. Throws UndecodableError for malformed bytes, and for
 * an activation without id or taskname: limits are the broker's to check.
 */
export function readActivation(bytes: Uint8Array): Activation {
  const content: Content = { parameters: NO_BYTES, legacy: "" };
  let head: ReadHead;
  try {
    head = read(bytes, content);
  } catch (error) {
    if (error instanceof UndecodableError) throw error;
    throw new UndecodableError("the bytes are not a TaskActivation", { cause: error });
  }
  const { id, namespace, task, application, headers, receivedAt, retry, deadline, expires, delay } = head;
  const { parameters, legacy } = content;
  const activation = {
    id,
    namespace,
    task,
    application,
    headers,
    receivedAt,
    parameters,
    retry,
    deadline,
    expires,
    delay,
  };
  return parameters.length === 0 && legacy !== "" ? { ...activation, legacyParameters: legacy } : activation;
}

interface Content {
  parameters: Uint8Array;
  legacy: string;
}

/** `content`: takes the parameters. Without it, they are skipped, and the limits of a broker hold. */
function read(bytes: Uint8Array, content?: Content): ReadHead {
  const strict = content === undefined;
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
        head.id = name(bytes, reader, "the id", strict);
        break;
      case 0x12:
        head.namespace = name(bytes, reader, "the namespace", strict, namespaces);
        break;
      case 0x1a:
        head.task = name(bytes, reader, "the taskname", strict, tasks);
        break;
      case 0x22:
        if (content !== undefined) content.legacy = reader.string();
        // Checked here because the worker's decoder would replace invalid UTF-8.
        else if (!isUtf8(reader.bytes())) throw new UndecodableError("the parameters are not UTF-8");
        break;
      case 0x2a: {
        const end = endOf(reader);
        headerBytes += end - reader.pos;
        if (strict && headerBytes > MOST_TAKEN_HEADER_BYTES)
          throw new UndecodableError(`the headers are more than ${MOST_TAKEN_HEADER_BYTES} bytes`);
        headers ??= new Map();
        readHeader(reader, end, headers, strict);
        head.headers = headers;
        break;
      }
      case 0x32:
        head.receivedAt = readTimestamp(bytes, reader, head);
        break;
      case 0x3a:
        head.retry = readRetry(bytes, reader, head);
        break;
      case 0x40:
        head.deadline = bounded(bytes, reader, LONGEST_SECONDS, "processing_deadline_duration", head);
        break;
      case 0x48:
        head.expires = bounded(bytes, reader, LONGEST_SECONDS, "expires", head);
        break;
      case 0x58:
        head.delay = bounded(bytes, reader, LONGEST_SECONDS, "delay", head);
        break;
      case 0x62:
        head.application = name(bytes, reader, "the application", strict, applications);
        break;
      case 0x6a:
        if (content === undefined) skip(reader, tag);
        else content.parameters = reader.bytes();
        break;
      default:
        skip(reader, tag);
    }
  }
  if (reader.pos !== reader.len) throw new UndecodableError("the bytes end within a field");
  if (head.id === "" || head.task === "") throw new UndecodableError("a TaskActivation without id or taskname");
  return head;
}

function name(bytes: Uint8Array, reader: BinaryReader, what: string, strict: boolean, last?: LastText): string {
  const from = reader.pos;
  const length = reader.uint32();
  const start = reader.pos;
  if (strict && length > LONGEST_NAME_BYTES && start + length <= reader.len) {
    const beginning = shown(bytes.subarray(start, start + length));
    throw new UndecodableError(
      `${what} is ${length} bytes long, at most ${LONGEST_NAME_BYTES} are allowed: ${beginning}`,
    );
  }
  if (last !== undefined && start + length <= reader.len) {
    const known = last.get(bytes, start, length);
    if (known !== undefined) {
      reader.pos = start + length;
      return known;
    }
  }
  reader.pos = from;
  const read = text(reader, what, strict);
  last?.keep(bytes, start, length, read);
  return read;
}

/** `strict`: what is not UTF-8 is refused, not replaced. */
function text(reader: BinaryReader, what: string, strict: boolean): string {
  if (!strict) return reader.string();
  const from = reader.pos;
  try {
    return reader.string(true);
  } catch (error) {
    reader.pos = from;
    throw new UndecodableError(`${what} is not UTF-8: ${shown(reader.bytes())}`, { cause: error });
  }
}

/** The beginning of a refused string, for messages. */
function shown(bytes: Uint8Array): string {
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
function bounded(bytes: Uint8Array, reader: BinaryReader, most: number, field: BoundedField, head: Draft): number {
  const value = readSmall(bytes, reader) ?? Number(reader.uint64());
  if (value <= most) return value;
  clamp(field, head);
  return most;
}

function clamp(field: BoundedField, head: Draft): void {
  if (!head.clamped.includes(field)) head.clamped = [...head.clamped, field];
}

/** Where the message at the reader's position ends. */
function endOf(reader: BinaryReader): number {
  const end = reader.uint32() + reader.pos;
  if (end > reader.len) throw new UndecodableError("the bytes end within a field");
  return end;
}

function checkEnd(reader: BinaryReader, end: number): void {
  if (reader.pos !== end) throw new UndecodableError("a message ends within a field");
}

function readHeader(reader: BinaryReader, end: number, headers: Map<string, string>, strict: boolean): void {
  let key = "";
  let value = "";
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === 0x0a) key = text(reader, "the name of a header", strict);
    else if (tag === 0x12) value = text(reader, "the value of a header", strict);
    else skip(reader, tag);
  }
  checkEnd(reader, end);
  headers.set(key, value);
}

function readTimestamp(bytes: Uint8Array, reader: BinaryReader, head: Draft): number {
  const end = endOf(reader);
  let seconds = 0;
  let nanos = 0;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === 0x08) seconds = readSmall(bytes, reader) ?? Number(reader.int64());
    else if (tag === 0x10) nanos = reader.int32();
    else skip(reader, tag);
  }
  checkEnd(reader, end);
  if (seconds < 0 || seconds * 1000 > LATEST_MS || nanos < 0 || nanos >= 1e9) clamp("received_at", head);
  return milliseconds(seconds, nanos);
}

function readRetry(bytes: Uint8Array, reader: BinaryReader, head: Draft): RetryState {
  const end = endOf(reader);
  let attempts = 0;
  let maxAttempts = 0;
  let exceeded = 0;
  let atMostOnce = false;
  let delay: number | undefined;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === 0x08) attempts = bounded(bytes, reader, MOST_ATTEMPTS, "attempts", head);
    else if (tag === 0x10) maxAttempts = bounded(bytes, reader, MOST_ATTEMPTS, "max_attempts", head);
    else if (tag === 0x18) exceeded = reader.int32();
    else if (tag === 0x20) atMostOnce = reader.bool();
    else if (tag === 0x28) delay = bounded(bytes, reader, LONGEST_SECONDS, "delay_on_retry", head);
    else skip(reader, tag);
  }
  checkEnd(reader, end);
  if (exceeded < 0 || exceeded > 2) clamp("on_attempts_exceeded", head);
  return { attempts, maxAttempts, onExceeded: onExceeded(exceeded), atMostOnce, delay };
}
