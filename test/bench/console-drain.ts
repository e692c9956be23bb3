import { openPages, TOKENS } from "./console-pages.js";
import { drain } from "./drain.js";
import { environment } from "./tasks.js";

const ROUNDS = 3;
/** Drains that last: pages open at their beginning. */
const COUNT = 300_000;
const PAGES = 3;

/**
 * The drain of a broker that serves its console, with three consoles open of which one lists, and with none, in turn: the rates,
 * and what the broker's main thread needs for each activation.
 */
export async function consoleDrain(): Promise<object> {
  process.env.TASKWIRE_CONSOLE_TOKENS = TOKENS;
  const found: Record<"alone" | "watched", { rate: number; main: number }[]> = { alone: [], watched: [] };
  let seen = { bytes: 0, lists: 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    // Each is the first of a round now and then.
    for (const name of round % 2 === 0 ? (["alone", "watched"] as const) : (["watched", "alone"] as const)) {
      const { rate, cpuMicrosecondsPerActivation } = await drain(
        "none",
        COUNT,
        0,
        environment,
        ["--console"],
        async (broker) => {
          if (name === "alone") return async () => {};
          const pages = await openPages(broker, PAGES);
          return async () => {
            seen = pages.look();
            await pages.close();
          };
        },
      );
      found[name].push({ rate, main: cpuMicrosecondsPerActivation.broker?.main ?? 0 });
    }
  }
  delete process.env.TASKWIRE_CONSOLE_TOKENS;
  const figures = (name: "alone" | "watched") => ({
    rate: median(found[name].map(({ rate }) => rate)),
    mainThread: median(found[name].map(({ main }) => main)),
  });
  const shares = found.watched.map(({ rate }, round) => rate / (found.alone[round]?.rate ?? rate));
  return {
    unit: "activations/s, microseconds of CPU each",
    alone: figures("alone"),
    watched: figures("watched"),
    share: Math.round(median(shares) * 1000) / 1000,
    limit: 0.97,
    lastRound: { kibibytesOfEvents: Math.round(seen.bytes / 1024), lists: seen.lists },
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
