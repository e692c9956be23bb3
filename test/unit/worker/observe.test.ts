import { describe, expect, it } from "vitest";
import { openMetrics } from "#runtime/telemetry/registry.js";
import { WORKER_METRICS } from "#runtime/telemetry/worker-metrics.js";
import { collectWorker, type ObservedStats } from "#runtime/worker/observe/metrics.js";
import { type FetchPath, Readiness, TOLERANCE_MS } from "#runtime/worker/observe/readiness.js";

const path = (change: Partial<FetchPath> = {}): FetchPath => ({
  sessions: [
    { name: "one", connected: false },
    { name: "two", connected: true },
  ],
  runner: true,
  crashes: undefined,
  ...change,
});

const NONE = { sessions: [{ name: "one", connected: false }] };

function running(): { readiness: Readiness; codes: (now: number, change?: Partial<FetchPath>) => string[] } {
  const readiness = new Readiness();
  readiness.phase = "running";
  return { readiness, codes: (now, change) => readiness.reasons(now, path(change)).map(({ code }) => code) };
}

describe("the readiness of a worker", () => {
  it("begins when its handlers are loaded and one of its brokers has opened a session", () => {
    const { readiness, codes } = running();
    expect(readiness.reasons(0, undefined).map(({ code }) => code)).toEqual(["starting"]);
    expect(codes(0, NONE)).toEqual(["no_session"]);
    expect(codes(1)).toEqual([]);
  });

  it("tolerates missing sessions for 10 s, then names the brokers", () => {
    const { readiness, codes } = running();
    expect(codes(0)).toEqual([]);
    expect(codes(TOLERANCE_MS, NONE)).toEqual([]);
    expect(codes(TOLERANCE_MS + 1, NONE)).toEqual(["no_session"]);
    expect(readiness.reasons(TOLERANCE_MS + 2, path(NONE))[0]?.message).toContain("(one)");
    expect(codes(TOLERANCE_MS + 3)).toEqual([]);
  });

  it("needs a child that can run handlers: none for 10 s and a crash loop are reasons", () => {
    const { codes } = running();
    expect(codes(0)).toEqual([]);
    expect(codes(TOLERANCE_MS + 1, { runner: false })).toEqual(["no_child"]);
    expect(codes(TOLERANCE_MS + 2, { crashes: 7 })).toEqual(["crash_loop"]);
  });

  it("ends with the drain, whatever else holds", () => {
    const { readiness, codes } = running();
    readiness.phase = "stopping";
    expect(codes(0)).toEqual(["stopping"]);
  });
});

const stats: ObservedStats = {
  slots: 4,
  running: 3,
  unstarted: 2,
  reruns: 1,
  dropped: 5,
  unknownKeys: 6,
  children: {
    pids: [100, 200],
    deaths: 7,
    recycled: 8,
    list: [
      { rss: 64 * 2 ** 20, lag: 250, tasks: 9 },
      { rss: undefined, lag: undefined, tasks: 0 },
    ],
    crashLoop: { deaths: 7 },
  },
  sessions: [{ name: "127.0.0.1:50051", connected: true, held: 3 }],
};

it("a scrape labels children by position, and has none that ended", async () => {
  const metrics = await openMetrics(WORKER_METRICS);
  const lag = { median: 0, p99: 0.001, largest: 0.5 };
  const { text } = await metrics.scrape((scrape) => collectWorker(stats, [], lag, scrape));
  for (const line of [
    'taskwire_worker_child_resident_memory_bytes{child="0"} 67108864',
    'taskwire_worker_child_event_loop_lag_seconds{child="0"} 0.25',
    'taskwire_worker_child_runs{child="0"} 9',
    'taskwire_worker_child_runs{child="1"} 0',
    "taskwire_worker_children 2",
    "taskwire_worker_child_deaths_total 7",
    "taskwire_worker_children_recycled_total 8",
    "taskwire_worker_crash_loop 1",
    "taskwire_worker_dropped_outcomes_total 5",
    'taskwire_worker_session{broker="127.0.0.1:50051"} 1',
    'taskwire_event_loop_lag_seconds{quantile="1"} 0.5',
  ])
    expect(text.split("\n")).toContain(line);
  expect(text).not.toContain('resident_memory_bytes{child="1"}');
  const later = await metrics.scrape((scrape) =>
    collectWorker({ ...stats, children: { ...stats.children, list: [] } }, [], lag, scrape),
  );
  expect(later.text).not.toContain("{child=");
});
