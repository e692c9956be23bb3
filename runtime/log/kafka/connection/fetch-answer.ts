import { offsetOf } from "./offset.js";

/** Versions before the first have other batches, versions after the last another answer. */
const FIRST_VERSION = 4;
const LAST_VERSION = 11;
/** Version of batches whose header has the last offset. */
const BATCH_MAGIC = 2;
const MAGIC_AT = 16;
const LAST_OFFSET_DELTA_AT = 23;
const BATCH_HEADER_BYTES = 61;
/** Bytes that the length of a batch does not count: offset and length. */
const BATCH_LENGTH_AT = 8;
const BATCH_PREFIX_BYTES = 12;
const ABORTED_BYTES = 16;

/** One partition of a fetch answer: its bytes, and the end of its batches. */
export interface FetchedSection {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: string;
  /** The offset after the last whole batch, also when compaction removed its records; undefined without such a batch. */
  readonly behind: number | undefined;
  /** The answer with this partition alone. */
  alone(): Buffer;
}

/** The partitions of a fetch answer; undefined for a version that is not supported here. */
export function sectionsOf(bytes: Buffer, version: number): FetchedSection[] | undefined {
  if (version < FIRST_VERSION || version > LAST_VERSION) return undefined;
  // Throttle time; in later versions also an error and a session.
  const headBytes = version >= 7 ? 10 : 4;
  const head = bytes.subarray(0, headBytes);
  const sections: FetchedSection[] = [];
  let at = headBytes;
  const int32 = () => {
    at += 4;
    return bytes.readInt32BE(at - 4);
  };
  for (let topics = int32(); topics > 0; topics -= 1) {
    const nameAt = at;
    at += 2 + bytes.readInt16BE(at);
    const name = bytes.subarray(nameAt, at);
    for (let partitions = int32(); partitions > 0; partitions -= 1) {
      const start = at;
      const partition = int32();
      const errorCode = bytes.readInt16BE(at);
      const highWatermark = bytes.readBigInt64BE(at + 2).toString();
      // Also the last stable offset, and in later versions the start of the log.
      at += 2 + 8 + 8 + (version >= 5 ? 8 : 0);
      const aborted = Math.max(int32(), 0);
      at += aborted * ABORTED_BYTES;
      if (version >= 11) at += 4;
      const size = Math.max(int32(), 0);
      const end = at + size;
      sections.push({
        topic: name.subarray(2).toString(),
        partition,
        errorCode,
        highWatermark,
        behind: behindOf(bytes.subarray(at, end)),
        alone: () => Buffer.concat([head, int32Of(1), name, int32Of(1), bytes.subarray(start, end)]),
      });
      at = end;
    }
  }
  return sections;
}

/** The offset after the last whole batch. The last batch of an answer may be cut off. */
function behindOf(batches: Buffer): number | undefined {
  let behind: number | undefined;
  for (let at = 0; at + BATCH_HEADER_BYTES <= batches.length; ) {
    const end = at + BATCH_PREFIX_BYTES + batches.readInt32BE(at + BATCH_LENGTH_AT);
    if (end > batches.length || batches.readInt8(at + MAGIC_AT) !== BATCH_MAGIC) break;
    const last = batches.readBigInt64BE(at) + BigInt(batches.readInt32BE(at + LAST_OFFSET_DELTA_AT));
    behind = offsetOf((last + 1n).toString());
    at = end;
  }
  return behind;
}

function int32Of(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
