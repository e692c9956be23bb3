import zlib from "node:zlib";
import { TaskwireError } from "../base/errors.js";

/** Parameters above it are compressed unless the task says otherwise. */
export const COMPRESSION_THRESHOLD_BYTES = 3 * 1024 * 1024;
const LARGEST_CONTENT_BYTES = 64 * 1024 * 1024;
const LARGEST_RATIO = 200;
const MAGIC = 0xfd2fb528;

export class CompressionError extends TaskwireError {
  constructor(message: string) {
    super("bad_compression", message);
  }
}

interface Codec {
  compress(bytes: Uint8Array): Uint8Array;
  decompress(bytes: Uint8Array): Uint8Array;
}

/** One zstd frame that carries its content size; undefined when it would be refused for its ratio: send it as it is. */
export async function compress(bytes: Uint8Array): Promise<Uint8Array | undefined> {
  const frame = (await codec()).compress(bytes);
  return bytes.length > frame.length * LARGEST_RATIO ? undefined : frame;
}

/** Throws CompressionError, before anything is unpacked, for a frame without its content size or beyond the bounds. */
export async function decompress(frame: Uint8Array): Promise<Uint8Array> {
  const size = contentSize(frame);
  if (size > LARGEST_CONTENT_BYTES)
    throw new CompressionError(`a zstd frame of ${size} bytes; at most ${LARGEST_CONTENT_BYTES} are unpacked`);
  if (size > frame.length * LARGEST_RATIO)
    throw new CompressionError(
      `a zstd frame of ratio ${Math.round(size / frame.length)}:1; at most ${LARGEST_RATIO}:1 is unpacked`,
    );
  const bytes = (await codec()).decompress(frame);
  if (bytes.length !== size) throw new CompressionError(`a zstd frame of ${bytes.length} bytes that says ${size}`);
  return bytes;
}

/** Frame_Content_Size of RFC 8878, section 3.1.1.1. */
function contentSize(frame: Uint8Array): number {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 6 || view.getUint32(0, true) !== MAGIC) throw new CompressionError("bytes that are no zstd frame");
  const descriptor = view.getUint8(4);
  const singleSegment = (descriptor & 0x20) !== 0;
  const width = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  if (width === 0) throw new CompressionError("a zstd frame without its content size");
  const at = 5 + (singleSegment ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] ?? 0);
  if (frame.length < at + width) throw new CompressionError("a zstd frame that ends within its header");
  if (width === 1) return view.getUint8(at);
  if (width === 2) return view.getUint16(at, true) + 256;
  return width === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
}

let loading: Promise<Codec> | undefined;

/** Node's own zstd where it has one, else the WebAssembly build. */
function codec(): Promise<Codec> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Codec> {
  const zstdCompressSync: unknown = Reflect.get(zlib, "zstdCompressSync");
  const zstdDecompressSync: unknown = Reflect.get(zlib, "zstdDecompressSync");
  if (isTransform(zstdCompressSync) && isTransform(zstdDecompressSync)) {
    return {
      compress: (bytes) => zstdCompressSync(bytes, { pledgedSrcSize: bytes.length }),
      decompress: (bytes) => zstdDecompressSync(bytes, { maxOutputLength: LARGEST_CONTENT_BYTES }),
    };
  }
  const zstd = await import("@bokuweb/zstd-wasm");
  await zstd.init();
  return { compress: (bytes) => zstd.compress(bytes, 3), decompress: (bytes) => zstd.decompress(bytes) };
}

function isTransform(value: unknown): value is (bytes: Uint8Array, options: object) => Uint8Array {
  return typeof value === "function";
}
