// BullMQ as its documentation says for speed: addBulk, concurrency, and no finished jobs kept.
import { Queue, Worker } from "bullmq";
import { ran } from "../../../../dist/test/bench/peers/programs/tally.js";

const NAME = "bench";
/** Jobs of one addBulk. */
const BATCH = 5000;
const CONCURRENCY = 64;
/** Child processes of a sandboxed processor: one runs for each job at a time. */
const SANDBOXES = 2;

const connectionTo = (port) => ({ host: "127.0.0.1", port: Number(port), maxRetriesPerRequest: null });
const OPTIONS = { removeOnComplete: true, removeOnFail: true };

export const adapter = {
  async connect(port) {
    const queue = new Queue(NAME, { connection: connectionTo(port), defaultJobOptions: OPTIONS });
    await queue.waitUntilReady();
    return {
      send: (pair) => queue.add("pair", pair),
      async sendMany(pairs) {
        for (let from = 0; from < pairs.length; from += BATCH) {
          await queue.addBulk(pairs.slice(from, from + BATCH).map((data) => ({ name: "pair", data, opts: OPTIONS })));
        }
      },
      settled: async () => {
        const counts = await queue.getJobCounts("waiting", "active", "delayed", "prioritized", "paused", "failed");
        return Object.values(counts).every((count) => count === 0);
      },
    };
  },

  async work(port, sandboxed) {
    const processor = sandboxed ? new URL("./bullmq-sandbox.mjs", import.meta.url) : async (job) => ran(job.data);
    const worker = new Worker(NAME, processor, {
      connection: connectionTo(port),
      concurrency: sandboxed ? SANDBOXES : CONCURRENCY,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    });
    await worker.waitUntilReady();
    return () => worker.close();
  },
};
