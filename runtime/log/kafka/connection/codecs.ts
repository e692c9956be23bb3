import zlib from "node:zlib";
import kafkajs, { type CompressionTypes } from "kafkajs";
import { messageOf, TaskwireError } from "../../../base/errors.js";
import { importAtRunTime } from "../../../base/process/runtime-import.js";

/** Larger batches are refused: a broker does not accept such records. */
const LARGEST_BATCH_BYTES = 128 * 1024 * 1024;
/** The first guess at the unpacked size of a batch, which its frame does not contain. */
const FIRST_GUESS_BYTES = 1024 * 1024;
/** Header of the Java client before snappy blocks: magic, version, lowest compatible version. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

type Unpack = (bytes: Buffer) => Promise<Buffer>;

let registered = false;

/** Makes kafkajs read batches that other producers, or a topic's compression.type, compressed with snappy, lz4 or zstd. */
export function registerCodecs(): void {
  if (registered) return;
  registered = true;
  const { CompressionTypes } = kafkajs;
  register(CompressionTypes.Snappy, "snappy", unpackSnappy);
  register(CompressionTypes.LZ4, "lz4", unpackLz4);
  register(CompressionTypes.ZSTD, "zstd", unpackZstd);
}

function register(type: Exclude<CompressionTypes, CompressionTypes.None>, name: string, unpack: Unpack): void {
  kafkajs.CompressionCodecs[type] = () => ({
    // We append without compression: the client compresses large parameters itself.
    compress: () => Promise.reject(new TaskwireError("codec_missing", `batches are not written with ${name}`)),
    decompress: unpack,
  });
}

async function unpackSnappy(bytes: Buffer): Promise<Buffer> {
  const { uncompress } = await loaded("snappy", () => importAtRunTime("snappy"));
  const unpack = async (block: Buffer) => Buffer.from(await uncompress(block));
  if (!bytes.subarray(0, XERIAL.length).equals(XERIAL)) return unpack(bytes);
  const blocks: Buffer[] = [];
  for (let at = XERIAL_HEADER_BYTES; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at);
    blocks.push(await unpack(bytes.subarray(at + 4, end)));
    at = end;
  }
  return Buffer.concat(blocks);
}

async function unpackLz4(bytes: Buffer): Promise<Buffer> {
  const { decompressFrame } = await loaded("lz4-napi", () => importAtRunTime("lz4-napi"));
  return decompressFrame(bytes);
}

/** Frames of Kafka's clients do not contain the size of their content. */
async function unpackZstd(bytes: Buffer): Promise<Buffer> {
  const native: unknown = Reflect.get(zlib, "zstdDecompressSync");
  if (isDecompress(native)) return native(bytes, { maxOutputLength: LARGEST_BATCH_BYTES });
  const zstd = await loaded("@bokuweb/zstd-wasm", () => importAtRunTime("@bokuweb/zstd-wasm"));
  await zstd.init();
  for (let guess = Math.max(FIRST_GUESS_BYTES, bytes.length * 4); ; guess *= 4) {
    try {
      return Buffer.from(zstd.decompress(bytes, { defaultHeapSize: Math.min(guess, LARGEST_BATCH_BYTES) }));
    } catch (error) {
      if (guess >= LARGEST_BATCH_BYTES) throw error;
    }
  }
}

function isDecompress(value: unknown): value is (bytes: Buffer, options: object) => Buffer {
  return typeof value === "function";
}

async function loaded<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    throw new TaskwireError(
      "codec_missing",
      `the topic has batches that need the package "${name}", which is not installed (${messageOf(error)}); run npm install ${name}`,
      { cause: error },
    );
  }
}
