// graphile-worker as its page on performance says: addJobs in batches, a local queue of 500, completions in batches.
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import pg from "pg";
import { ran } from "../../../../dist/test/bench/peers/programs/tally.js";

const BATCH = 5000;
const logger = new Logger(() => (level, message) => {
  if (level === "error") process.stderr.write(`${message}\n`);
});

export const adapter = {
  async connect(connectionString) {
    const pgPool = new pg.Pool({ connectionString, max: 25 });
    const utils = await makeWorkerUtils({ pgPool, logger });
    await utils.migrate();
    return {
      send: (payload) => utils.addJob("pair", payload),
      async sendMany(pairs) {
        for (let from = 0; from < pairs.length; from += BATCH) {
          const batch = pairs.slice(from, from + BATCH);
          await utils.addJobs(batch.map((payload) => ({ identifier: "pair", payload })));
        }
      },
      settled: async () => {
        const { rows } = await pgPool.query("select 1 from graphile_worker.jobs limit 1");
        return rows.length === 0;
      },
    };
  },

  async work(connectionString) {
    const runner = await run({
      preset: {
        worker: {
          connectionString,
          concurrentJobs: 24,
          maxPoolSize: 25,
          localQueue: { size: 500 },
          completeJobBatchDelay: 0,
          failJobBatchDelay: 0,
          logger,
        },
      },
      noHandleSignals: true,
      taskList: { pair: async (payload) => ran(payload) },
    });
    return () => runner.stop();
  },
};
