import zlib from "node:zlib";
import { messageOf, TaskwireError } from "../../base/errors.js";
import { importAtRunTime } from "../../base/process/runtime-import.js";

/** Parameters above this size are compressed unless the task's `compression` is another. */
export const COMPRESSION_THRESHOLD_BYTES = 3 * 1024 * 1024;
const LARGEST_CONTENT_BYTES = 64 * 1024 * 1024;
const LARGEST_RATIO = 200;
/** Largest window to decompress; it is as large as every decoder has to support. */
const LARGEST_WINDOW_BYTES = 8 * 1024 * 1024;
const MAGIC = 0xfd2fb528;

/** Exported for tests. */
export class CompressionError extends TaskwireError {
  constructor(message: string) {
    super("bad_compression", message);
  }
}

interface Codec {
  compress(bytes: Uint8Array): Uint8Array;
  /** Throws when the content is larger than `size`. */
  decompress(bytes: Uint8Array, size: number): Uint8Array;
}

/** One zstd frame with its content size; undefined when its ratio would be refused: send the bytes uncompressed. */
export async function compress(bytes: Uint8Array): Promise<Uint8Array | undefined> {
  const frame = (await codec()).compress(bytes);
  return bytes.length > frame.length * LARGEST_RATIO ? undefined : frame;
}

/**
 * Rejects with CompressionError for a frame without its content size or beyond the limits, before anything is
 * decompressed; also when the content does not match the header.
 */
export async function decompress(frame: Uint8Array): Promise<Uint8Array> {
  return unpack(await codec(), frame);
}

/** Bytes that a frame has when it is decompressed, as its header says. Throws CompressionError. */
export function contentSize(frame: Uint8Array): number {
  return headerOf(frame).size;
}

/** Loads zstd once and returns a synchronous `decompress`, which throws CompressionError. */
export async function decompressor(): Promise<(frame: Uint8Array) => Uint8Array> {
  const loaded = await codec();
  return (frame) => unpack(loaded, frame);
}

function unpack(loaded: Codec, frame: Uint8Array): Uint8Array {
  const { size, window } = headerOf(frame);
  if (size > LARGEST_CONTENT_BYTES)
    throw new CompressionError(`a zstd frame of ${size} bytes; at most ${LARGEST_CONTENT_BYTES} are unpacked`);
  if (size > frame.length * LARGEST_RATIO)
    throw new CompressionError(
      `a zstd frame of ratio ${Math.round(size / frame.length)}:1; at most ${LARGEST_RATIO}:1 is unpacked`,
    );
  if (window > LARGEST_WINDOW_BYTES)
    throw new CompressionError(
      `a zstd frame with a window of ${window} bytes; at most ${LARGEST_WINDOW_BYTES} are held`,
    );
  const bytes = unpacked(loaded, frame, size);
  if (bytes.length !== size) throw new CompressionError(`a zstd frame of ${bytes.length} bytes that says ${size}`);
  return bytes;
}

function unpacked(loaded: Codec, frame: Uint8Array, size: number): Uint8Array {
  try {
    return loaded.decompress(frame, size);
  } catch (error) {
    throw new CompressionError(`a zstd frame that does not unpack to the ${size} bytes it says: ${messageOf(error)}`);
  }
}

interface FrameHeader {
  /** Bytes of the content. */
  readonly size: number;
  /** Bytes of the window. */
  readonly window: number;
}

/** Window_Descriptor and Frame_Content_Size of RFC 8878, section 3.1.1.1. */
function headerOf(frame: Uint8Array): FrameHeader {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 6 || view.getUint32(0, true) !== MAGIC) throw new CompressionError("bytes that are no zstd frame");
  const descriptor = view.getUint8(4);
  const singleSegment = (descriptor & 0x20) !== 0;
  const width = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  if (width === 0) throw new CompressionError("a zstd frame without its content size");
  const at = 5 + (singleSegment ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] ?? 0);
  if (frame.length < at + width) throw new CompressionError("a zstd frame that ends within its header");
  const size = sizeAt(view, at, width);
  return { size, window: singleSegment ? size : windowOf(view.getUint8(5)) };
}

function sizeAt(view: DataView, at: number, width: number): number {
  if (width === 1) return view.getUint8(at);
  if (width === 2) return view.getUint16(at, true) + 256;
  return width === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
}

/** Window size: exponent in the upper five bits, eighths in the lower three. */
function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
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
      decompress: (bytes, size) => zstdDecompressSync(bytes, { maxOutputLength: Math.max(size, 1) }),
    };
  }
  const zstd = await webAssembly();
  return { compress: (bytes) => zstd.compress(bytes, 3), decompress: (bytes) => zstd.decompress(bytes) };
}

async function webAssembly(): Promise<typeof import("@bokuweb/zstd-wasm")> {
  try {
    const zstd = await importAtRunTime("@bokuweb/zstd-wasm");
    await zstd.init();
    return zstd;
  } catch (error) {
    loading = undefined;
    throw new TaskwireError(
      "zstd_missing",
      `zstd is needed, Node has it from 22.15 on, and the package @bokuweb/zstd-wasm cannot be loaded (${messageOf(error).split("\n")[0]}); install it where this program runs, or update Node`,
      { cause: error },
    );
  }
}

function isTransform(value: unknown): value is (bytes: Uint8Array, options: object) => Uint8Array {
  return typeof value === "function";
}
