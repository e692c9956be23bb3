import { writeSync } from "node:fs";
import { deserialize, serialize } from "node:v8";
import { codeOf } from "../../base/errors.js";

const HEAD_BYTES = 4;
/** Bytes of one frame; a longer one is none of ours. An activation has at most 10 MiB, and a batch ends before it has two. */
const LONGEST_BYTES = 32 * 2 ** 20;
/** A full pipe is tried again after this, milliseconds. */
const FULL_MS = 1;

/** A message as it goes over a pipe between supervisor and child: its length, then its bytes. */
export function frameOf(message: unknown): Buffer {
  const body = serialize(message);
  const frame = Buffer.allocUnsafe(HEAD_BYTES + body.length);
  frame.writeUInt32LE(body.length, 0);
  body.copy(frame, HEAD_BYTES);
  return frame;
}

/** What came over a pipe is no frame. */
export class FrameError extends Error {}

/** Puts messages together from the pieces in which a pipe hands them out. */
export class FrameReader {
  #pieces: Buffer[] = [];
  #length = 0;

  /** The messages that end with this piece. Throws FrameError; nothing can be read from that pipe any more. */
  push(piece: Buffer): unknown[] {
    this.#pieces.push(piece);
    this.#length += piece.length;
    const messages: unknown[] = [];
    for (let needed = this.#needed(); this.#length >= needed; needed = this.#needed()) {
      const bytes = this.#joined();
      const end = HEAD_BYTES + bytes.readUInt32LE(0);
      messages.push(read(bytes.subarray(HEAD_BYTES, end)));
      this.#length = bytes.length - end;
      this.#pieces = this.#length === 0 ? [] : [bytes.subarray(end)];
    }
    return messages;
  }

  /** Bytes of the next frame, head included; of its head while that is not there. */
  #needed(): number {
    if (this.#length < HEAD_BYTES) return HEAD_BYTES;
    const [first] = this.#pieces;
    const bytes = first !== undefined && first.length >= HEAD_BYTES ? first : this.#joined();
    const length = bytes.readUInt32LE(0);
    if (length > LONGEST_BYTES) throw new FrameError(`a frame of ${length} bytes`);
    return HEAD_BYTES + length;
  }

  #joined(): Buffer {
    const [first = Buffer.alloc(0), ...others] = this.#pieces;
    if (others.length === 0) return first;
    const joined = Buffer.concat(this.#pieces);
    this.#pieces = [joined];
    return joined;
  }
}

function read(body: Buffer): unknown {
  try {
    return deserialize(body);
  } catch (error) {
    throw new FrameError("a frame that holds no message", { cause: error });
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4));

/** Writes all bytes before it returns: they outlive this process, however that ends. */
export function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      // Without a supervisor to read it, this process is about to end as well.
      if (codeOf(error) !== "EAGAIN") return;
      Atomics.wait(pause, 0, 0, FULL_MS);
    }
  }
}
