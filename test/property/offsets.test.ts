import fc from "fast-check";
import { expect, it } from "vitest";
import { Offsets } from "#runtime/broker/inflight/commit/offsets.js";

const SPAN = 40;

it("a set of offsets says the same as a plain set, whatever is added in whatever order", () => {
  const added = fc.tuple(fc.integer({ min: 0, max: SPAN - 1 }), fc.integer({ min: 1, max: 4 }));
  fc.assert(
    fc.property(fc.nat(10), fc.array(added, { maxLength: 60 }), (position, adds) => {
      const offsets = new Offsets(position);
      const plain = new Set(Array.from({ length: position }, (_, offset) => offset));
      for (const [start, length] of adds) {
        const before = plain.size;
        for (let offset = start; offset < start + length; offset += 1) plain.add(offset);
        expect(offsets.add(start, start + length)).toBe(plain.size > before);
      }
      for (let offset = 0; offset < SPAN + 5; offset += 1) expect(offsets.has(offset)).toBe(plain.has(offset));
      let lowest = 0;
      while (plain.has(lowest)) lowest += 1;
      expect(offsets.position).toBe(lowest);
      const ranges = offsets.ranges();
      for (let at = 0; at < ranges.length; at += 1) {
        expect(ranges[at]).toBeGreaterThan(at === 0 ? lowest : (ranges[at - 1] ?? 0));
      }
      const again = new Offsets(offsets.position, ranges);
      for (let offset = 0; offset < SPAN + 5; offset += 1) expect(again.has(offset)).toBe(plain.has(offset));
    }),
    { numRuns: 500 },
  );
});
