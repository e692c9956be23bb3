import fc from "fast-check";
import { type RatedClass, sortByVolume, type VolumeClass } from "#runtime/sampling/index.js";

export type AnyClass = VolumeClass<number | string>;

/** A rate, an intensity or a floor: 0..1, both ends often. */
export const share = fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 1e-6, max: 1, noNaN: true }));

/** Some classes with counts above 0, each id once. */
export const classes: fc.Arbitrary<AnyClass[]> = fc.uniqueArray(
  fc.record({ id: fc.integer({ min: 1, max: 10_000 }), count: fc.integer({ min: 1, max: 100_000 }) }),
  { minLength: 1, maxLength: 30, selector: ({ id }) => id },
);

export const sorted = (list: readonly AnyClass[]): AnyClass[] => sortByVolume(list);

/** The volume that these rates keep. */
export function kept(rated: readonly RatedClass[]): number {
  return rated.reduce((sum, { count, newSampleRate }) => sum + count * newSampleRate, 0);
}
