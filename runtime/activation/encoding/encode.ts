import type { Activation, RetryState } from "../activation.js";

const LARGEST_UINT32 = 2 ** 32 - 1;
const DISCARD = 1;
const DEADLETTER = 2;

/** Buffer for everything but the parameters; grown for large headers. */
let scratch = Buffer.allocUnsafeSlow(4096);
let at = 0;

/**
 * Encodes a TaskActivation, byte for byte as the generated encoder does. Written by hand because every `.delay()` calls
 * it, and the generated encoder takes several times as long.
 */
export function encodeActivation(activation: Activation): Uint8Array {
  const { parameters, headers, legacyParameters } = activation;
  at = 0;
  text(0x0a, activation.id);
  text(0x12, activation.namespace);
  text(0x1a, activation.task);
  if (legacyParameters !== undefined) text(0x22, legacyParameters);
  for (const [name, value] of headers) header(name, value);
  timestamp(activation.receivedAt);
  retryState(activation.retry);
  number(0x40, activation.deadline);
  optional(0x48, activation.expires);
  optional(0x58, activation.delay);
  byte(0x62);
  content(activation.application);
  if (parameters.length > 0) {
    byte(0x6a);
    varint(parameters.length);
  }
  const bytes = new Uint8Array(at + parameters.length);
  bytes.set(scratch.subarray(0, at));
  bytes.set(parameters, at);
  return bytes;
}

function timestamp(milliseconds: number): void {
  const seconds = Math.floor(milliseconds / 1000);
  const nanos = Math.floor(milliseconds - seconds * 1000) * 1_000_000;
  small(0x32, () => {
    number(0x08, seconds);
    number(0x10, nanos);
  });
}

function retryState({ attempts, maxAttempts, onExceeded, atMostOnce, delay }: RetryState): void {
  small(0x3a, () => {
    number(0x08, Math.min(attempts, LARGEST_UINT32));
    number(0x10, Math.min(maxAttempts, LARGEST_UINT32));
    number(0x18, onExceeded === "deadletter" ? DEADLETTER : DISCARD);
    byte(0x20);
    byte(atMostOnce ? 1 : 0);
    optional(0x28, delay);
  });
}

/** Writes a message shorter than 128 bytes. */
function small(tag: number, write: () => void): void {
  byte(tag);
  const start = at;
  byte(0);
  write();
  scratch[start] = at - start - 1;
}

function header(name: string, value: string): void {
  byte(0x2a);
  varint(textSize(name) + textSize(value));
  text(0x0a, name);
  text(0x12, value);
}

/** Bytes of a string field, with its tag; 0 for an empty one, which is omitted. */
function textSize(value: string): number {
  if (value === "") return 0;
  const size = Buffer.byteLength(value);
  return 1 + varintSize(size) + size;
}

function text(tag: number, value: string): void {
  if (value === "") return;
  byte(tag);
  content(value);
}

const SHORT = 64;

function content(value: string): void {
  room(10 + 3 * value.length);
  // Short ASCII, as in names and ids, is faster byte by byte.
  if (value.length <= SHORT) {
    const start = at;
    scratch[at] = value.length;
    at += 1;
    let index = 0;
    for (; index < value.length; index += 1) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) break;
      scratch[at] = code;
      at += 1;
    }
    if (index === value.length) return;
    at = start;
  }
  varint(Buffer.byteLength(value));
  at += scratch.write(value, at, "utf8");
}

function number(tag: number, value: number): void {
  if (value !== 0) optional(tag, value);
}

function optional(tag: number, value: number | undefined): void {
  if (value === undefined) return;
  byte(tag);
  varint(value);
}

function byte(value: number): void {
  room(1);
  scratch[at] = value;
  at += 1;
}

function varint(value: number): void {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`expected a whole number of at least 0, got ${value}`);
  room(10);
  let rest = value;
  while (rest > 0x7f) {
    scratch[at] = (rest % 0x80) | 0x80;
    at += 1;
    rest = Math.floor(rest / 0x80);
  }
  scratch[at] = rest;
  at += 1;
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) size += 1;
  return size;
}

function room(bytes: number): void {
  if (at + bytes <= scratch.length) return;
  const larger = Buffer.allocUnsafeSlow(2 * (at + bytes));
  larger.set(scratch.subarray(0, at));
  scratch = larger;
}
