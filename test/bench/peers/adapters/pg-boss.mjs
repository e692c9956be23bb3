// pg-boss as its documentation says for speed: insert, and workers that take batches.

import pg from "pg";
import PgBoss from "pg-boss";
import { ran } from "../../../../dist/test/bench/peers/programs/tally.js";

const NAME = "bench";
/** Jobs of one insert. */
const BATCH = 5000;
/** Jobs that a worker takes at a time; it looks for more every half second, its shortest interval. */
const TAKEN = 5000;
const WORKERS = 2;

const start = async (connectionString) => {
  const boss = new PgBoss({ connectionString, supervise: false, schedule: false, max: 25 });
  boss.on("error", (error) => process.stderr.write(`${error.stack}\n`));
  await boss.start();
  await boss.createQueue(NAME);
  return boss;
};

export const adapter = {
  async connect(connectionString) {
    const boss = await start(connectionString);
    const pool = new pg.Pool({ connectionString, max: 1 });
    return {
      send: (pair) => boss.send(NAME, pair),
      async sendMany(pairs) {
        for (let from = 0; from < pairs.length; from += BATCH) {
          await boss.insert(pairs.slice(from, from + BATCH).map((data) => ({ name: NAME, data })));
        }
      },
      settled: async () => {
        const { rows } = await pool.query("select 1 from pgboss.job where name = $1 and state <> 'completed' limit 1", [
          NAME,
        ]);
        return rows.length === 0;
      },
    };
  },

  async work(connectionString) {
    const boss = await start(connectionString);
    for (let worker = 0; worker < WORKERS; worker += 1) {
      await boss.work(NAME, { batchSize: TAKEN, pollingIntervalSeconds: 0.5 }, async (jobs) => {
        for (const { data } of jobs) ran(data);
      });
    }
    return () => boss.stop({ wait: true });
  },
};
