/** Random choices that are the same for the same seed. */
export interface Seeded {
  /** 0..1, without 1. */
  next(): number;
  /** 0..count - 1. */
  below(count: number): number;
  pick<T>(from: readonly T[]): T;
  shuffled<T>(values: readonly T[]): T[];
}

export function seeded(seed: number): Seeded {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const below = (count: number) => Math.floor(next() * count);
  return {
    next,
    below,
    pick: (from) => {
      const [chosen] = from.slice(below(from.length));
      if (chosen === undefined) throw new Error("nothing to pick from");
      return chosen;
    },
    shuffled: (values) =>
      values
        .map((value) => ({ value, place: next() }))
        .sort((one, other) => one.place - other.place)
        .map(({ value }) => value),
  };
}
