import { setTimeout as wait } from "node:timers/promises";
import { connect } from "taskwire";
import { ProcessHarness } from "../support/harness/process-harness.js";
import { until } from "../support/waiting.js";
import { openPages, TOKENS } from "./console-pages.js";
import { threadTimes } from "./processes.js";
import { bench, environment } from "./tasks.js";

const WAITING = 100_000;
const PAGES = 3;
const LOOK_MS = 15_000;
const ROUNDS = 2;

/**
 * The processor time of a broker's main thread, with 100,000 activations that wait, while three consoles are open of which one
 * lists, and while none is: what pages cost beside the work, also on a machine that does other things.
 */
export async function consoleCost(): Promise<object> {
  process.env.TASKWIRE_CONSOLE_TOKENS = TOKENS;
  await using harness = new ProcessHarness(environment, "");
  {
    await using client = await connect(environment, { dataFolder: harness.data });
    void client;
    await bench.noop.delayMany(Array.from({ length: WAITING }, (_, n) => ({ n })));
  }
  const broker = await harness.broker("--console");
  delete process.env.TASKWIRE_CONSOLE_TOKENS;
  await until(async () => {
    const { pending, parked } = (await harness.status()).counts;
    return pending + parked === WAITING;
  }, 500);
  /** Milliseconds of the main thread in a second. */
  const look = async () => {
    const from = { main: threadTimes(broker.pid).main ?? 0, at: performance.now() };
    await wait(LOOK_MS);
    return Math.round((((threadTimes(broker.pid).main ?? 0) - from.main) / (performance.now() - from.at)) * 1e7) / 10;
  };
  const found: { alone: number; watched: number }[] = [];
  let lists = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const alone = await look();
    const pages = await openPages(broker, PAGES);
    const watched = await look();
    lists += pages.look().lists;
    await pages.close();
    found.push({ alone, watched });
  }
  return { unit: "milliseconds of the main thread a second", found, lists, limit: 30 };
}
