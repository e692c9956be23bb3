import { atLeast } from "./budgets.js";
import { drain } from "./drain.js";
import { environment } from "./tasks.js";

const ROUNDS = 4;
const COUNT = Number(process.env.TASKWIRE_BENCH_ROWS ?? 100_000);
const PAIR = [
  ["with", "1"],
  ["without", "0"],
] as const;

/**
 * The drain with and without the history of ends, in turn: the rates, and what the broker's main thread, which is the
 * narrowest place, needs for each activation. Its processor time says how the rates compare on a machine with other work.
 */
export async function operationsDrain(): Promise<object> {
  const found: Record<"with" | "without", { rate: number; main: number }[]> = { with: [], without: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, flag] of round % 2 === 0 ? PAIR : PAIR.toReversed()) {
      const { rate, cpuMicrosecondsPerActivation } = await drain("none", COUNT, 0, environment, ["--history", flag]);
      found[name].push({ rate, main: cpuMicrosecondsPerActivation.broker?.main ?? 0 });
    }
  }
  const figures = (name: "with" | "without") => ({
    rate: median(found[name].map(({ rate }) => rate)),
    mainThread: median(found[name].map(({ main }) => main)),
  });
  const shares = found.with.map(({ main }, round) => (found.without[round]?.main ?? 0) / main);
  const share = Math.round(median(shares) * 1000) / 10;
  return {
    unit: "activations/s, microseconds of CPU each",
    ...{ with: figures("with"), without: figures("without") },
    budgets: [atLeast("drain with history, by processor time of the main thread", share, 99, "%")],
  };
}

/** An even number of values has the mean of the middle two. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? 0) + (sorted[Math.floor(half)] ?? 0)) / 2;
}
