import type { LogRecord } from "../../port.js";

/** What Kafka writes around the records of a batch. */
const BATCH_OVERHEAD_BYTES = 61;

/** A record in the form of kafkajs. */
export interface Message {
  readonly key: Buffer | null;
  readonly value: Buffer;
  readonly headers?: Record<string, Buffer>;
}

/** A record with a copy of its bytes: the caller may use its buffer again. */
export function messageOf({ key, value, headers }: LogRecord): Message {
  const message = { key: key === undefined ? null : Buffer.from(key), value: Buffer.from(value) };
  if (headers === undefined) return message;
  const copied: Record<string, Buffer> = {};
  for (const [name, text] of Object.entries(headers)) {
    // As its own property, whatever the name.
    Object.defineProperty(copied, name, { value: Buffer.from(text), enumerable: true });
  }
  return { ...message, headers: copied };
}

/** Bytes of a batch with this record alone, as Kafka counts them against max.message.bytes. */
export function batchBytes({ key, value, headers = {} }: Message): number {
  // Attributes, time delta, offset delta.
  let body = 3;
  body += (key === null ? 1 : lengthBytes(key.length) + key.length) + lengthBytes(value.length) + value.length;
  const entries = Object.entries(headers);
  body += lengthBytes(entries.length);
  for (const [name, text] of entries) {
    const bytes = Buffer.byteLength(name);
    body += lengthBytes(bytes) + bytes + lengthBytes(text.length) + text.length;
  }
  return BATCH_OVERHEAD_BYTES + lengthBytes(body) + body;
}

/** Bytes of a length: a zigzag number of seven bits a byte. */
function lengthBytes(length: number): number {
  let bytes = 1;
  for (let rest = length * 2; rest >= 128; rest = Math.floor(rest / 128)) bytes += 1;
  return bytes;
}
