import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { CompressionError, compress, decompress } from "#runtime/activation/encoding/zstd.js";

describe("compressed parameters", () => {
  it("are not made when their reader would refuse the ratio", async () => {
    expect(await compress(new Uint8Array(8 * 1024 * 1024))).toBeUndefined();
  });

  it("come back as they were, small and large", async () => {
    for (const size of [0, 1, 300, 70_000, 4 * 1024 * 1024]) {
      const bytes = Uint8Array.from({ length: size }, (_, index) => Math.imul(index, 2654435761) >>> 13);
      expect(Buffer.from(await decompress((await compress(bytes)) ?? Buffer.alloc(0))).equals(Buffer.from(bytes))).toBe(
        true,
      );
    }
  });

  it("come back when they are larger than the largest window", async () => {
    const bytes = randomBytes(20 * 1024 * 1024);
    expect(bytes.equals(await decompress((await compress(bytes)) ?? Buffer.alloc(0)))).toBe(true);
  });

  it("are refused before unpacking when the frame says no size, too much, or too much for its length", async () => {
    const noSize = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58, 0x01, 0x00, 0x00);
    await expect(decompress(noSize)).rejects.toThrow("without its content size");
    const huge = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0x00, 0x00, 0x00, 0x40, 0x01, 0x00, 0x00);
    await expect(decompress(huge)).rejects.toThrow(/at most 67108864 are unpacked/);
    const steep = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0x00, 0x00, 0x80, 0x00, 0x01, 0x00, 0x00);
    await expect(decompress(steep)).rejects.toThrow("at most 200:1");
    await expect(decompress(Uint8Array.of(1, 2, 3))).rejects.toThrow(CompressionError);
  });

  it("are refused before unpacking when the frame requires a window above 8 MiB, said or implied", async () => {
    const frame = (descriptor: number, window: readonly number[]) =>
      // 16 MiB of content in a frame of 100,000 bytes: nothing but the window is too large.
      Buffer.concat([
        Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, descriptor, ...window, 0, 0, 0, 1),
        new Uint8Array(100_000),
      ]);
    await expect(decompress(frame(0x80, [0x69]))).rejects.toThrow("with a window of 9437184 bytes; at most 8388608");
    await expect(decompress(frame(0x80, [0xff]))).rejects.toThrow("with a window of 4123168604160 bytes");
    await expect(decompress(frame(0xa0, []))).rejects.toThrow("with a window of 16777216 bytes");
    await expect(decompress(frame(0x80, [0x68]))).rejects.toThrow("does not unpack to the 16777216 bytes it says");
  });

  it("are refused when the frame holds less or more than it says, and the next one is read all the same", async () => {
    const bytes = Uint8Array.from({ length: 50_000 }, (_, index) => Math.imul(index, 2654435761) >>> 13);
    const frame = (await compress(bytes)) ?? Buffer.alloc(0);
    // Single segment: a content size of two bytes behind the descriptor, or of four behind the window.
    const lies = (size: number) => {
      const copy = Buffer.from(frame);
      expect(copy[4]).toBe(0x60);
      copy.writeUInt16LE(size - 256, 5);
      return copy;
    };
    await expect(decompress(lies(49_999))).rejects.toThrow(CompressionError);
    await expect(decompress(lies(50_001))).rejects.toThrow(CompressionError);
    await expect(decompress(Buffer.concat([frame, frame]))).rejects.toThrow(CompressionError);
    await expect(decompress(frame.subarray(0, -9))).rejects.toThrow(CompressionError);
    const garbled = Buffer.from(frame).fill(0xee, 100, 200);
    await decompress(garbled).then(
      (read) => expect(read.length).toBe(bytes.length),
      (error: unknown) => expect(error).toBeInstanceOf(CompressionError),
    );
    expect(Buffer.from(await decompress(frame)).equals(bytes)).toBe(true);
  });
});
