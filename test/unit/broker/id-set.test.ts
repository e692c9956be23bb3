import fc from "fast-check";
import { expect, it } from "vitest";
import { IdSet } from "#runtime/broker/inflight/commit/id-set.js";

it("a set of ids has what was added and not deleted since, however the hashes collide", () => {
  // Few low bits: most of them want the same slots.
  const hash = fc.tuple(fc.nat(7), fc.nat(30)).map(([low, high]) => BigInt(high) * 2n ** 32n + BigInt(low));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), hash), { maxLength: 600 }), (steps) => {
      const ids = new IdSet();
      const model = new Set<bigint>();
      // The hash 0 is kept as 1.
      const kept = (each: bigint) => (each === 0n ? 1n : each);
      for (const [adds, each] of steps) {
        if (adds) {
          ids.add(each);
          model.add(kept(each));
        } else {
          ids.delete(each);
          model.delete(kept(each));
        }
        expect(ids.size).toBe(model.size);
      }
      for (const [, each] of steps) expect(ids.has(each)).toBe(model.has(kept(each)));
    }),
  );
});
