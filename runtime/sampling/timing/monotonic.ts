/** Reads a clock that never runs backwards, in seconds; only differences of two readings mean something. */
export type Monotonic = () => number;

export const systemMonotonic: Monotonic = () => performance.now() / 1000;
