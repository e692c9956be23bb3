import { BinaryReader } from "@bufbuild/protobuf/wire";
import { TaskwireError } from "../../base/errors.js";
import { cut } from "../../base/text.js";
import { LONGEST_ERROR_BYTES } from "../limits.js";
import type * as proto from "../proto/taskwire.js";
import { OpenRequest, OpenResponse } from "../proto/taskwire.js";
import type { About, Delivery, SessionOffer } from "../session.js";
import { readSmall, varintLength, writeVarint } from "./varint.js";

/** A message that violates the session protocol. */
export class SessionProtocolError extends TaskwireError {
  constructor(message: string, options?: ErrorOptions) {
    super("session_protocol", message, options);
  }
}

/** The answer to Open. `valid`: the held claims that still count. */
export interface Opened {
  readonly session: string;
  readonly token: Uint8Array;
  readonly valid: readonly number[];
  readonly maxBatchActivations: number;
  readonly maxBatchBytes: number;
}

/**
 * One message of a broker. `acknowledged`: all messages up to this number, 0: none; `alone`: later ones, acknowledged while
 * an earlier one waits for its activation to be read again.
 */
interface FromBroker {
  readonly deliveries: readonly Delivery[];
  readonly acknowledged: number;
  readonly alone: readonly number[];
  /** Claims that a person cancelled. */
  readonly cancelled: readonly number[];
}

export function encodeOpenRequest(offer: SessionOffer): Buffer {
  const { application, worker, slots } = offer;
  const tasks = offer.tasks.map(({ name, hash }) => ({ name, hash }));
  const held = offer.held.map(({ claim, id }) => ({ claim: BigInt(claim), id }));
  return buffer(OpenRequest.encode({ application, worker, tasks, slots, held, about: offer.about }).finish());
}

export function decodeOpenRequest(bytes: Uint8Array): SessionOffer {
  const { application, worker, tasks, slots, held, about } = decoded("OpenRequest", () => OpenRequest.decode(bytes));
  return {
    application,
    worker,
    tasks: tasks.map(({ name, hash }) => ({ name, hash })),
    slots,
    ...(about === undefined ? {} : { about: aboutFromWire(about) }),
    held: held.map(({ claim, id }) => ({ claim: safe(claim), id })),
  };
}

export function encodeOpened(opened: Opened): Buffer {
  const { session, token, maxBatchActivations, maxBatchBytes } = opened;
  const valid = opened.valid.map(BigInt);
  return buffer(OpenResponse.encode({ session, token, valid, maxBatchActivations, maxBatchBytes }).finish());
}

export function decodeOpened(bytes: Uint8Array): Opened {
  const { session, token, valid, maxBatchActivations, maxBatchBytes } = decoded("OpenResponse", () =>
    OpenResponse.decode(bytes),
  );
  return { session, token, valid: valid.map(safe), maxBatchActivations, maxBatchBytes };
}

/** Of BrokerMessage and Delivery. */
const TAG_DELIVERIES = 0x0a;
const TAG_ACKNOWLEDGED = 0x10;
const TAG_ALONE = 0x18;
const TAG_ALONE_PACKED = 0x1a;
const TAG_CANCELLED = 0x20;
const TAG_CANCELLED_PACKED = 0x22;
const TAG_CLAIM = 0x08;
const TAG_ACTIVATION = 0x12;
const TAG_DEADLINE = 0x18;
const TAG_LOST = 0x20;

/** Writes the stored bytes of each activation as they are: nothing is encoded again. */
export function encodeFromBroker(message: FromBroker): Buffer {
  let size = message.acknowledged > 0 ? 1 + varintLength(message.acknowledged) : 0;
  const alone = packedLength(message.alone);
  if (alone > 0) size += 1 + varintLength(alone) + alone;
  const cancelled = packedLength(message.cancelled);
  if (cancelled > 0) size += 1 + varintLength(cancelled) + cancelled;
  const sizes = message.deliveries.map((delivery) => {
    const body = deliverySize(delivery);
    size += 1 + varintLength(body) + body;
    return body;
  });
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  message.deliveries.forEach(({ claim, activation, deadline, lost = 0 }, index) => {
    bytes[at++] = TAG_DELIVERIES;
    at = writeVarint(bytes, at, sizes[index] ?? 0);
    bytes[at++] = TAG_CLAIM;
    at = writeVarint(bytes, at, claim);
    bytes[at++] = TAG_ACTIVATION;
    at = writeVarint(bytes, at, activation.length);
    bytes.set(activation, at);
    at += activation.length;
    bytes[at++] = TAG_DEADLINE;
    at = writeVarint(bytes, at, Math.floor(deadline));
    if (lost > 0) {
      bytes[at++] = TAG_LOST;
      at = writeVarint(bytes, at, lost);
    }
  });
  if (message.acknowledged > 0) {
    bytes[at++] = TAG_ACKNOWLEDGED;
    at = writeVarint(bytes, at, message.acknowledged);
  }
  if (alone > 0) {
    bytes[at++] = TAG_ALONE_PACKED;
    at = writeVarint(bytes, at, alone);
    for (const number of message.alone) at = writeVarint(bytes, at, number);
  }
  if (cancelled > 0) {
    bytes[at++] = TAG_CANCELLED_PACKED;
    at = writeVarint(bytes, at, cancelled);
    for (const claim of message.cancelled) at = writeVarint(bytes, at, claim);
  }
  return bytes;
}

/** The activations are views into `bytes`. Unknown fields are skipped. */
export function decodeFromBroker(bytes: Uint8Array): FromBroker {
  return decoded("BrokerMessage", () => {
    const reader = new BinaryReader(bytes);
    const deliveries: Delivery[] = [];
    let acknowledged = 0;
    const alone: number[] = [];
    const cancelled: number[] = [];
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag === TAG_DELIVERIES) deliveries.push(delivery(bytes, reader, reader.uint32()));
      else if (tag === TAG_ACKNOWLEDGED) acknowledged = safe(reader.uint64());
      else if (tag === TAG_ALONE) alone.push(safe(reader.uint64()));
      else if (tag === TAG_ALONE_PACKED) readPacked(reader, alone);
      else if (tag === TAG_CANCELLED) cancelled.push(safe(reader.uint64()));
      else if (tag === TAG_CANCELLED_PACKED) readPacked(reader, cancelled);
      else reader.skip(tag & 7);
    }
    return { deliveries, acknowledged, alone, cancelled };
  });
}

/** The first `LONGEST_ERROR_BYTES` bytes of UTF-8, cut between characters. */
export function cutError(text: string): string {
  if (text.length * 3 <= LONGEST_ERROR_BYTES || Buffer.byteLength(text) <= LONGEST_ERROR_BYTES) return text;
  const bytes = Buffer.from(text);
  let end = LONGEST_ERROR_BYTES - 3;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${bytes.toString("utf8", 0, end)}…`;
}

function packedLength(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + varintLength(number), 0);
}

function readPacked(reader: BinaryReader, numbers: number[]): void {
  for (const end = reader.uint32() + reader.pos; reader.pos < end; ) numbers.push(safe(reader.uint64()));
}

function deliverySize({ claim, activation, deadline, lost = 0 }: Delivery): number {
  const head = 3 + varintLength(claim) + varintLength(activation.length) + varintLength(Math.floor(deadline));
  return head + activation.length + (lost > 0 ? 1 + varintLength(lost) : 0);
}

function delivery(bytes: Uint8Array, reader: BinaryReader, length: number): Delivery {
  const end = reader.pos + length;
  let claim = 0;
  let activation: Uint8Array = EMPTY;
  let deadline = 0;
  let lost = 0;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === TAG_CLAIM) claim = readSmall(bytes, reader) ?? safe(reader.uint64());
    else if (tag === TAG_ACTIVATION) activation = view(bytes, reader);
    else if (tag === TAG_DEADLINE) deadline = reader.uint32();
    else if (tag === TAG_LOST) lost = reader.uint32();
    else reader.skip(tag & 7);
  }
  return lost === 0 ? { claim, activation, deadline } : { claim, activation, deadline, lost };
}

/** A bytes field. A view of its own kind: one of Buffer's costs several times as much. */
function view(bytes: Uint8Array, reader: BinaryReader): Uint8Array {
  const length = reader.uint32();
  const start = reader.pos;
  if (start + length > reader.len) throw new RangeError("the bytes end within a field");
  reader.pos = start + length;
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, length);
}

/** Longest text of a worker about itself, characters. */
export const LONGEST_FACT = 256;

function aboutFromWire({ host, pid, version, isolation }: proto.About): About {
  return {
    host: cut(host, LONGEST_FACT),
    pid,
    version: cut(version, LONGEST_FACT),
    isolation: isolation === "process" || isolation === "none" ? isolation : "",
  };
}

const EMPTY = new Uint8Array(0);

export function safe(wide: bigint | string | number): number {
  const value = Number(wide);
  if (!Number.isSafeInteger(value)) throw new SessionProtocolError(`expected an integer below 2^53, got ${wide}`);
  return value;
}

export function decoded<T>(name: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof SessionProtocolError) throw error;
    throw new SessionProtocolError(`a ${name} that cannot be decoded`, { cause: error });
  }
}

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
