import type { LogRecord } from "../../port.js";

/** Bytes that Kafka adds to the records of a batch. */
const BATCH_OVERHEAD_BYTES = 61;

/** A record as kafkajs takes it. */
export interface Message {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Record<string, Buffer>;
  /** Where it must go; undefined: by its key, or any. */
  readonly partition?: number;
}

/** A record with a copy of its bytes: the caller may use its buffer again. */
export function messageOf({ key, value, headers, tombstone }: LogRecord, partition?: number): Message {
  const bytes = {
    key: key === undefined ? null : Buffer.from(key),
    value: tombstone === true ? null : Buffer.from(value),
  };
  const message = partition === undefined ? bytes : { ...bytes, partition };
  if (headers === undefined) return message;
  const copied: Record<string, Buffer> = {};
  for (const [name, text] of Object.entries(headers)) {
    // Defined, not assigned: the name may be `__proto__`.
    Object.defineProperty(copied, name, { value: Buffer.from(text), enumerable: true });
  }
  return { ...message, headers: copied };
}

/** Size of a batch with only this record, in bytes, as Kafka compares it with max.message.bytes. */
export function batchBytes({ key, value, headers = {} }: Message): number {
  // Attributes, time delta, offset delta.
  let body = 3;
  for (const bytes of [key, value]) body += bytes === null ? 1 : lengthBytes(bytes.length) + bytes.length;
  const entries = Object.entries(headers);
  body += lengthBytes(entries.length);
  for (const [name, text] of entries) {
    const bytes = Buffer.byteLength(name);
    body += lengthBytes(bytes) + bytes + lengthBytes(text.length) + text.length;
  }
  return BATCH_OVERHEAD_BYTES + lengthBytes(body) + body;
}

/** Bytes of an encoded length: a zigzag varint. */
function lengthBytes(length: number): number {
  let bytes = 1;
  for (let rest = length * 2; rest >= 128; rest = Math.floor(rest / 128)) bytes += 1;
  return bytes;
}
