import { connect } from "taskwire";
import type { Adapter } from "./adapter.js";
import { tasks, topology } from "./our-tasks.js";

/** Our own client; the workers are processes of the command `taskwire`. */
export const adapter: Adapter = {
  async connect(dataFolder) {
    await connect(topology, { dataFolder });
    return {
      send: (pair) => tasks.pair.delay(pair),
      sendMany: (pairs) => tasks.pair.delayMany(pairs),
      settled: () => Promise.reject(new Error("the broker's status says what is settled")),
    };
  },
  work: () => Promise.reject(new Error("the command taskwire worker runs the handlers")),
};
