import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green and blue of each pixel, by rows. */
  readonly pixels: Buffer;
}

/** The picture with at most 256 colours, for pages: a third of the bytes, and no difference that people see. */
export function smallPng(png: Buffer): Buffer {
  return encode(decode(png));
}

/** Pictures beside each other, with a gap, on white. */
export function besideEachOther(pngs: readonly Buffer[], gap: number): Buffer {
  const pictures = pngs.map(decode);
  const height = Math.max(...pictures.map((each) => each.height));
  const width = pictures.reduce((sum, each) => sum + each.width + gap, -gap);
  const pixels = Buffer.alloc(width * height * 3, 0xff);
  let left = 0;
  for (const picture of pictures) {
    for (let row = 0; row < picture.height; row++) {
      const line = picture.pixels.subarray(row * picture.width * 3, (row + 1) * picture.width * 3);
      line.copy(pixels, (row * width + left) * 3);
    }
    left += picture.width + gap;
  }
  return encode({ width, height, pixels });
}

/** Reads 8-bit PNG files without interlacing, as browsers write them. */
function decode(png: Buffer): Picture {
  const parts: Buffer[] = [];
  let at = SIGNATURE.length;
  while (at < png.length) {
    const length = png.readUInt32BE(at);
    if (png.toString("latin1", at + 4, at + 8) === "IDAT") parts.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const [width, height, kind] = [png.readUInt32BE(16), png.readUInt32BE(20), png[25]];
  const channels = kind === 6 ? 4 : 3;
  const lines = unfiltered(inflateSync(Buffer.concat(parts)), width * channels, height, channels);
  if (channels === 3) return { width, height, pixels: lines };
  const pixels = Buffer.alloc(width * height * 3);
  for (let index = 0; index < width * height; index++) lines.copy(pixels, index * 3, index * 4, index * 4 + 3);
  return { width, height, pixels };
}

function unfiltered(data: Buffer, stride: number, height: number, channels: number): Buffer {
  const out = Buffer.alloc(stride * height);
  for (let row = 0; row < height; row++) {
    const filter = data[row * (stride + 1)] ?? 0;
    for (let column = 0; column < stride; column++) {
      const place = row * stride + column;
      const left = column < channels ? 0 : (out[place - channels] ?? 0);
      const above = row === 0 ? 0 : (out[place - stride] ?? 0);
      const corner = row === 0 || column < channels ? 0 : (out[place - stride - channels] ?? 0);
      out[place] = (data[row * (stride + 1) + 1 + column] ?? 0) + predicted(filter, left, above, corner);
    }
  }
  return out;
}

function predicted(filter: number, left: number, above: number, corner: number): number {
  if (filter === 1) return left;
  if (filter === 2) return above;
  if (filter === 3) return (left + above) >> 1;
  if (filter !== 4) return 0;
  const [toLeft, toAbove, toCorner] = [
    Math.abs(above - corner),
    Math.abs(left - corner),
    Math.abs(left + above - 2 * corner),
  ];
  return toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner;
}

function encode({ width, height, pixels }: Picture): Buffer {
  const colours = new Map<number, number>();
  const colourAt = (index: number) => pixels.readUIntBE(index * 3, 3);
  for (let index = 0; index < width * height; index++) {
    const colour = colourAt(index);
    colours.set(colour, (colours.get(colour) ?? 0) + 1);
  }
  const palette = [...colours]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 256)
    .map(([colour]) => colour);
  const places = new Map(palette.map((colour, place) => [colour, place]));
  const lines = Buffer.alloc((width + 1) * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const colour = colourAt(row * width + column);
      const place = places.get(colour) ?? nearest(palette, colour);
      places.set(colour, place);
      lines[row * (width + 1) + 1 + column] = place;
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const table = Buffer.alloc(palette.length * 3);
  for (const [place, colour] of palette.entries()) table.writeUIntBE(colour, place * 3, 3);
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", head),
    chunk("PLTE", table),
    chunk("IDAT", deflateSync(lines, { level: 9, memLevel: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function nearest(palette: readonly number[], colour: number): number {
  const distance = (other: number) =>
    [16, 8, 0].reduce((sum, shift) => sum + (((other >> shift) & 255) - ((colour >> shift) & 255)) ** 2, 0);
  let best = 0;
  for (const [place, other] of palette.entries()) if (distance(other) < distance(palette[best] ?? 0)) best = place;
  return best;
}

function chunk(kind: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(kind, "latin1"), data]);
  const whole = Buffer.alloc(named.length + 8);
  whole.writeUInt32BE(data.length, 0);
  named.copy(whole, 4);
  whole.writeUInt32BE(crc32(named), named.length + 4);
  return whole;
}
