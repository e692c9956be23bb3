import { connect } from "taskwire";
import { Bed } from "../support/bed.js";
import { bench, environment } from "./tasks.js";

const ONE_BY_ONE = 2000;
const AT_ONCE = 50;
const ROUNDS = 400;
const BULK = 100_000;

/** `.delay()` and `.delayMany()` into the embedded log, each acknowledged after its fsync. */
export async function enqueue(): Promise<object> {
  await using bed = new Bed(environment, "");
  await using client = await connect(environment, { dataFolder: bed.data });
  void client;
  await bench.noop.delay({ n: 0 });

  const oneByOne = await rate(ONE_BY_ONE, async () => {
    for (let n = 0; n < ONE_BY_ONE; n += 1) await bench.noop.delay({ n });
  });
  const atOnce = await rate(ROUNDS * AT_ONCE, async () => {
    let n = 0;
    const caller = async () => {
      while (n < ROUNDS * AT_ONCE) {
        n += 1;
        await bench.noop.delay({ n });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, caller));
  });
  const rows = Array.from({ length: BULK }, (_, n) => ({ n }));
  const bulk = await rate(BULK, () => bench.noop.delayMany(rows));
  return { unit: "activations/s", oneByOne, fiftyAtOnce: atOnce, bulk };
}

async function rate(count: number, run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return Math.round((count / (performance.now() - start)) * 1000);
}
