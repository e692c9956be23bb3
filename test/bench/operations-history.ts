import { History } from "#runtime/broker/history/history.js";
import { Tally } from "#runtime/broker/inflight/counts/tally.js";
import { type EndListener, NO_LISTENER } from "#runtime/broker/inflight/end-listener.js";
import { Row } from "#runtime/broker/inflight/live-row.js";
import { atMost } from "./budgets.js";

/** Two of each task, and few enough to stay in the processor's cache: a row that ends was in use a moment before. */
const ROWS = 2000;
/** How often each row ends in a round. */
const TIMES = 100;
const ROUNDS = 10;
const TASKS = 1000;
const WALL = 1_800_000_000_000;
const FRAMES = Array.from(
  { length: 8 },
  (_, n) => `    at handler${n} (file:///srv/app/src/handlers/${n}.ts:10:20)`,
).join("\n");

const CASES = ["completed", "failed alike", "failed apart"] as const;

type Case = (typeof CASES)[number];

/**
 * What one end costs with the history, less what it costs without one, in this process. 1,000 tasks: completions at 100,000 a
 * second by the clock, and failed runs with errors of 600 bytes: alike within each task, and all different.
 */
export async function operationsHistory(): Promise<object> {
  const alike = Array.from({ length: ROWS }, (_, n) => rowOf(n, "the host"));
  const apart = Array.from({ length: ROWS }, (_, n) => rowOf(n, `host ${n}`));
  const listeners = (): EndListener[] => [NO_LISTENER, new History(WALL)];
  const figures: Record<Case, number[]> = { completed: [], "failed alike": [], "failed apart": [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const how of CASES) {
      const [without = 0, withHistory = 0] = listeners().map((listener) =>
        nanosecondsEach(listener, how === "failed apart" ? apart : alike, how),
      );
      figures[how].push(withHistory - without);
    }
  }
  const median = (values: readonly number[] = []) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
  return {
    unit: "nanoseconds of CPU an end",
    ...Object.fromEntries(Object.entries(figures).map(([name, values]) => [name, Math.round(median(values) ?? 0)])),
    budgets: [
      atMost("an end written to history, completed", Math.round(median(figures.completed) ?? 0), 300, "ns"),
      atMost("an end written to history, failed", Math.round(median(figures["failed alike"]) ?? 0), 300, "ns"),
    ],
  };
}

function rowOf(n: number, host: string): Row {
  const task = `things.task${n % TASKS}`;
  const tally = new Tally("app", "things", task);
  const row = new Row(
    {
      seq: n,
      id: `${n.toString(16).padStart(32, "0")}`,
      namespace: "things",
      task,
      application: "app",
      topic: "things",
      partition: 0,
      offset: n,
      payload: new Uint8Array(0),
      receivedAt: WALL - 1000,
      due: 0,
      expiresAt: Number.POSITIVE_INFINITY,
      deadline: 30_000,
      atMostOnce: false,
      deadLetter: false,
      attempts: 0,
      maxAttempts: 3,
      remembered: false,
    },
    tallies[n % TASKS] ?? tally,
    "processing",
  );
  row.claim = n + 1;
  row.claimedAt = 900;
  row.worker = "app1:17:0192ab34";
  row.ran = 1 + (n % 1000);
  row.ending = { reason: "error", error: flat(`Error: cannot deliver to ${host}: timed out\n${FRAMES}`) };
  return row;
}

const tallies = Array.from({ length: TASKS }, (_, n) => new Tally("app", "things", `things.task${n}`));

function nanosecondsEach(listener: EndListener, rows: readonly Row[], how: Case): number {
  const began = process.cpuUsage();
  let at = 0;
  for (let time = 0; time < TIMES; time += 1) {
    for (const row of rows) {
      at += 0.01;
      listener.ended(row, how === "completed" ? how : "retry", 1000 + at, WALL + at);
    }
  }
  const { user, system } = process.cpuUsage(began);
  return ((user + system) * 1000) / (rows.length * TIMES);
}

/** As a decoder makes it: in one piece. */
function flat(text: string): string {
  return Buffer.from(text).toString();
}
