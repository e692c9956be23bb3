import { soak } from "../support/web/soak.js";

/** Eight hours of updates, a second each. */
const ROUNDS = 8 * 3600;
const TASKS = 200;

/** The heap of a console's server side while pages follow it for eight hours, at speed. */
export async function consoleSoak(): Promise<object> {
  const began = performance.now();
  const { heap, ...soaked } = await soak(ROUNDS, TASKS);
  const [first = 0] = heap;
  return {
    unit: "MiB of heap after a collection",
    ...soaked,
    heap,
    share: Math.round((Math.max(...heap.slice(1)) / first) * 1000) / 1000,
    limit: 1.1,
    seconds: Math.round((performance.now() - began) / 1000),
  };
}
