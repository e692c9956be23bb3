import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { varintLength, writeVarint } from "../../wire/codec/varint.js";
import { DEFAULT_DEADLINE_SECONDS } from "./bounds.js";

const TAG_DEADLINE = 0x40;

interface Field {
  readonly start: number;
  readonly end: number;
}

/**
 * The activation with a processing deadline of at most `deadline` milliseconds (whole seconds, at least 1). The same
 * bytes when its own is not longer; everything but that field stays byte by byte. Bytes that cannot be read are
 * returned as they are.
 */
export function clampDeadline(activation: Uint8Array, deadline: number): Uint8Array {
  const longest = Math.max(1, Math.floor(deadline / 1000));
  const fields: Field[] = [];
  let own = 0;
  try {
    const reader = new BinaryReader(activation);
    while (reader.pos < reader.len) {
      const start = reader.pos;
      const tag = reader.uint32();
      if (tag === TAG_DEADLINE) {
        // The last one counts, as for any reader of protobuf.
        own = Number(reader.uint64());
        fields.push({ start, end: reader.pos });
      } else if ((tag & 7) === WireType.LengthDelimited) {
        reader.pos = reader.uint32() + reader.pos;
      } else {
        reader.skip(tag & 7, tag >>> 3);
      }
    }
    if (reader.pos !== reader.len) return activation;
  } catch {
    return activation;
  }
  return (own === 0 ? DEFAULT_DEADLINE_SECONDS : own) <= longest ? activation : rewritten(activation, fields, longest);
}

function rewritten(activation: Uint8Array, fields: readonly Field[], seconds: number): Uint8Array {
  const gone = fields.reduce((sum, { start, end }) => sum + end - start, 0);
  const bytes = new Uint8Array(activation.length - gone + 1 + varintLength(seconds));
  let from = 0;
  let at = 0;
  const keep = (to: number) => {
    bytes.set(activation.subarray(from, to), at);
    at += to - from;
  };
  for (const { start, end } of fields) {
    keep(start);
    from = end;
  }
  // Where the last one was, or behind everything.
  if (fields.length === 0) keep(activation.length);
  bytes[at] = TAG_DEADLINE;
  at = writeVarint(bytes, at + 1, seconds);
  if (fields.length > 0) keep(activation.length);
  return bytes;
}
