import { countedByKind } from "#runtime/broker/controls/described.js";
import { Inflight } from "#runtime/broker/inflight/inflight.js";
import { DEFAULT_LIMITS } from "#runtime/broker/inflight/limits.js";
import { statusOf } from "#runtime/broker/observe/status/status.js";
import { OfferedTasks } from "#runtime/broker/observe/status/workers.js";
import { atMost } from "./budgets.js";

const TASKS = 1000;
const SESSIONS = 200;
const ROWS = 32_768;
const TIMES = 50;
const WALL = 1_800_000_000_000;

/** Building and serialising the status at 1,000 tasks, 200 sessions that each name all of them, and 32,768 live activations. */
export async function operationsStatus(): Promise<object> {
  const machine = filled();
  const offered = new OfferedTasks(undefined);
  const vitals = { busy: 4, unstarted: 2, children: 2, deaths: 0, crashLoop: "", rss: 300_000_000, loopLag: 3 };
  const build = () =>
    statusOf({
      names: {
        pool: "p",
        environment: "e",
        data: "/srv",
        ownLog: true,
        broker: { id: "b", version: "0", startedAt: new Date(WALL).toISOString(), api: 1 },
      },
      snapshot: machine.snapshot,
      end: () => ROWS,
      facts: {
        now: 10_000,
        phase: "running",
        stalled: undefined,
        journal: { file: "f", stuck: undefined, commitSince: undefined },
        clusters: [],
        unreadable: [],
        publishing: [],
        paused: [],
      },
      notReady: [],
      runtimeConfig: undefined,
      controls: { version: "", inForce: [], leftOut: 0, byKind: countedByKind([]), problem: null },
      audit: { file: "a", problem: undefined },
      letters: null,
      quarantine: [],
      wall: WALL,
      clockSkew: 0,
      clockCorrected: undefined,
      model: undefined,
      process: { rss: 0, loopLag: null },
      offered,
      workers: { vitalsOf: () => ({ report: vitals, at: 9000 }), pushTargets: [], refused: [] },
    });
  build();
  const built: number[] = [];
  const serialised: number[] = [];
  let bytes = 0;
  for (let time = 0; time < TIMES; time += 1) {
    const from = performance.now();
    const status = build();
    const between = performance.now();
    bytes = JSON.stringify(status).length;
    built.push(between - from);
    serialised.push(performance.now() - between);
  }
  const median = (values: readonly number[]) =>
    Math.round(([...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0) * 100) / 100;
  return {
    unit: "milliseconds",
    build: median(built),
    serialise: median(serialised),
    kibibytes: Math.round(bytes / 1024),
    budgets: [atMost("status built and serialised", median(built) + median(serialised), 5, "ms")],
  };
}

function filled(): Inflight {
  const machine = new Inflight({ ...DEFAULT_LIMITS, maxPendingCount: 2 * ROWS });
  const apply = (event: Parameters<Inflight["apply"]>[0]) => {
    machine.apply(event, 1000, WALL);
    machine.takeChanges();
  };
  apply({
    kind: "recovered",
    boot: 1,
    nextSeq: 1,
    partitions: [],
    rows: [],
    counted: [],
    nextDue: Number.POSITIVE_INFINITY,
    finished: { hashes: new BigUint64Array(0), until: new Float64Array(0) },
    rebuilt: [],
    workers: [],
  });
  const place = { topic: "T", partition: 0 };
  apply({ kind: "assigned", ...place, logId: "L", committed: 0, takenOver: false, first: 0, end: 0 });
  const tasks = Array.from({ length: TASKS }, (_, n) => ({ name: `things.task${n}`, hash: `${n}` }));
  const about = { host: "app1", pid: 1, version: "0.1.0", isolation: "process" } as const;
  for (let n = 0; n < SESSIONS; n += 1) {
    const session = `s${n}`;
    const offers = tasks.map((task) => ({ ...task }));
    apply({ kind: "opened", session, worker: session, application: "app", tasks: offers, held: [], slots: 8, about });
    apply({ kind: "credit", session, count: 64 });
  }
  const retry = { attempts: 0, maxAttempts: 0, onExceeded: "discard", atMostOnce: false, delay: undefined } as const;
  const common = {
    namespace: "things",
    application: "app",
    headers: new Map<string, string>(),
    receivedAt: WALL,
    retry,
  };
  const arrivals = Array.from({ length: ROWS }, (_, offset) => ({
    offset,
    payload: new Uint8Array(16),
    head: {
      ...common,
      id: `i${offset}`,
      task: `things.task${offset % TASKS}`,
      deadline: 30,
      expires: undefined,
      delay: undefined,
    },
  }));
  for (let from = 0; from < ROWS; from += 1024)
    apply({ kind: "arrived", ...place, arrivals: arrivals.slice(from, from + 1024) });
  return machine;
}
