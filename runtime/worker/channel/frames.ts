import { writeSync } from "node:fs";
import { deserialize, serialize } from "node:v8";
import { codeOf } from "../../base/errors.js";

const HEAD_BYTES = 4;
/** Largest frame that is accepted, bytes. An activation has at most 10 MiB, and a batch ends before it has two such. */
const LONGEST_BYTES = 32 * 2 ** 20;
/** Wait before writing to a full pipe again, milliseconds. */
const FULL_MS = 1;

/** A message on a pipe between worker and child: its length, then its bytes. */
export function frameOf(message: unknown): Buffer {
  const body = serialize(message);
  const frame = Buffer.allocUnsafe(HEAD_BYTES + body.length);
  frame.writeUInt32LE(body.length, 0);
  body.copy(frame, HEAD_BYTES);
  return frame;
}

/** Bytes from a pipe that are not a frame. Exported for tests. */
export class FrameError extends Error {}

/** Assembles messages from the pieces that a pipe delivers. */
export class FrameReader {
  #pieces: Buffer[] = [];
  #length = 0;

  /** The messages that end in this piece. Throws FrameError; then nothing more can be read from the pipe. */
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

  /** Bytes of the next frame, head included; of its head alone until that has arrived. */
  #needed(): number {
    if (this.#length < HEAD_BYTES) return HEAD_BYTES;
    const [first] = this.#pieces;
    const bytes = first !== undefined && first.length >= HEAD_BYTES ? first : this.#joined();
    const length = bytes.readUInt32LE(0);
    if (length > LONGEST_BYTES)
      throw new FrameError(`expected a frame of at most ${LONGEST_BYTES} bytes, got ${length}`);
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
    throw new FrameError("the frame holds no message", { cause: error });
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4));

/** Returns when all bytes are written: then they outlive this process, however it ends. */
export function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      // No worker reads the pipe any more: this process is about to end, too.
      if (codeOf(error) !== "EAGAIN") return;
      Atomics.wait(pause, 0, 0, FULL_MS);
    }
  }
}
