import { describe, expect, it } from "vitest";
import { CompressionError, compress, decompress } from "#runtime/activation/zstd.js";

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

  it("are refused before unpacking when the frame says no size, too much, or too much for its length", async () => {
    const noSize = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58, 0x01, 0x00, 0x00);
    await expect(decompress(noSize)).rejects.toThrow("without its content size");
    const huge = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0x00, 0x00, 0x00, 0x40, 0x01, 0x00, 0x00);
    await expect(decompress(huge)).rejects.toThrow(/at most 67108864 are unpacked/);
    const steep = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0x00, 0x00, 0x80, 0x00, 0x01, 0x00, 0x00);
    await expect(decompress(steep)).rejects.toThrow("at most 200:1");
    await expect(decompress(Uint8Array.of(1, 2, 3))).rejects.toThrow(CompressionError);
  });
});
