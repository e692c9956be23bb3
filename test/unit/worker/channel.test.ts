import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameError, FrameReader, frameOf } from "#runtime/worker/channel/frames.js";
import { Ledger } from "#runtime/worker/channel/ledger.js";
import { carryLines } from "#runtime/worker/channel/output.js";

describe("frames", () => {
  it("are read as they were written, in whatever pieces a pipe delivers them", () => {
    const messages = fc.array(fc.record({ kind: fc.string(), runs: fc.array(fc.integer()), bytes: fc.uint8Array() }));
    fc.assert(
      fc.property(messages, fc.array(fc.integer({ min: 1, max: 40 })), (given, sizes) => {
        const bytes = Buffer.concat(given.map(frameOf));
        const reader = new FrameReader();
        const read: unknown[] = [];
        for (let at = 0, piece = 0; at < bytes.length; piece += 1) {
          const size = sizes[piece % Math.max(sizes.length, 1)] ?? 7;
          read.push(...reader.push(bytes.subarray(at, at + size)));
          at += size;
        }
        const plain = (value: unknown) =>
          JSON.stringify(value, (_key, each) => (ArrayBuffer.isView(each) ? [...Buffer.from(each.buffer)] : each));
        expect(read).toHaveLength(given.length);
        read.forEach((message, index) => {
          expect(message).toMatchObject({ kind: given[index]?.kind, runs: given[index]?.runs });
          expect(plain(message).length).toBeGreaterThan(0);
        });
      }),
    );
  });

  it("that are invalid are rejected at once", () => {
    expect(() => new FrameReader().push(Buffer.from("GET / HTTP/1.1\r\n"))).toThrow(FrameError);
    expect(() => new FrameReader().push(Buffer.from([2, 0, 0, 0, 1, 1]))).toThrow(FrameError);
  });
});

describe("an order of a child", () => {
  const threads = fc.array(fc.constantFrom("begin", "takeBack"), { maxLength: 4 });

  it("begins or is withdrawn, never both, in whatever order and however often both are asked for", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 30 }), threads, (order, asked) => {
        const ledger = Ledger.of(4);
        const answers = asked.map((what) => (what === "begin" ? ledger.begin(order) : ledger.takeBack(order)));
        expect(answers).toEqual(asked.map((what) => what === asked[0]));
      }),
    );
  });

  it("counts as begun when later ones have its cell, also where their numbers wrap around", () => {
    for (const first of [1, 2 ** 30 - 600, 2 ** 31 - 600, 2 ** 32 - 600]) {
      const ledger = Ledger.of(4);
      // As the orders before have left it.
      const cells = new Int32Array(ledger.memory);
      for (let order = first - cells.length; order < first; order += 1)
        cells[((order % cells.length) + cells.length) % cells.length] = order > 0 ? (order << 1) | 1 : 0;
      for (let order = first; order < first + 1500; order += 1) expect(ledger.begin(order)).toBe(true);
      expect(ledger.takeBack(first)).toBe(false);
      expect(ledger.takeBack(first + 1500)).toBe(true);
      expect(ledger.begin(first + 1500)).toBe(false);
    }
  });
});

describe("what handlers write", () => {
  it("is passed on by lines, in whole characters, with the last line at the end", () => {
    const lines: string[] = [];
    const stream = Object.create(process.stdout);
    const end = carryLines(stream, (line) => lines.push(line));
    const bytes = Buffer.from("ü\n");
    stream.write("one\ntw");
    stream.write(bytes.subarray(0, 1));
    stream.write(bytes.subarray(1));
    stream.write("6869", "hex");
    expect(lines).toEqual(["one", "twü"]);
    end();
    expect(lines).toEqual(["one", "twü", "hi"]);
  });
});
