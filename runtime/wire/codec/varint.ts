/** Protobuf varints of safe integers; negative ones do not occur. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length += 1;
  return length;
}

/** Writes `value` at `position` and returns the position behind it. */
export function writeVarint(into: Uint8Array, position: number, value: number): number {
  let at = position;
  let rest = value;
  while (rest >= 128) {
    into[at++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  into[at++] = rest;
  return at;
}

/** Bytes of the longest varint that is read as a number: 49 bits. */
const SMALL_BYTES = 7;

/**
 * Reads the varint of `bytes` at the reader's position. undefined for one of more than 49 bits, or if the bytes end: then the
 * reader has not moved.
 */
export function readSmall(bytes: Uint8Array, reader: { pos: number }): number | undefined {
  const from = reader.pos;
  let value = 0;
  let scale = 1;
  for (let at = from; at < from + SMALL_BYTES; at += 1) {
    const byte = bytes[at];
    if (byte === undefined) return undefined;
    value += (byte & 127) * scale;
    if (byte < 128) {
      reader.pos = at + 1;
      return value;
    }
    scale *= 128;
  }
  return undefined;
}
