import { drain } from "./drain.js";
import { environment } from "./tasks.js";

const ROUNDS = 3;
const COUNT = 100_000;

/** The drain with and without the history of ends, in turn: the rates, and what the broker's main thread needs for each. */
export async function operationsDrain(): Promise<object> {
  const found: Record<"with" | "without", { rate: number; main: number }[]> = { with: [], without: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, flag] of [
      ["with", "1"],
      ["without", "0"],
    ] as const) {
      const { rate, cpuMicrosecondsPerActivation } = await drain("none", COUNT, 0, environment, ["--history", flag]);
      found[name].push({ rate, main: cpuMicrosecondsPerActivation.broker?.main ?? 0 });
    }
  }
  const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  const figures = (name: "with" | "without") => ({
    rate: median(found[name].map(({ rate }) => rate)),
    mainThread: median(found[name].map(({ main }) => main)),
  });
  return { unit: "activations/s, microseconds of CPU each", with: figures("with"), without: figures("without") };
}
