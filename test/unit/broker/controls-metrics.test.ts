import { expect, it } from "vitest";
import { countedByKind } from "#runtime/broker/controls/described.js";
import { StatusMetrics } from "#runtime/broker/observe/status-metrics.js";
import { BROKER_METRICS } from "#runtime/telemetry/broker-metrics.js";
import { openMetrics } from "#runtime/telemetry/registry.js";
import { statusWith } from "../../support/status.js";

it("controls have a metric by kind, however many there are, and say when they are not shared", async () => {
  const kills = Array.from({ length: 502 }, () => "kill" as const);
  const byKind = countedByKind((["task", "namespace", "pool", ...kills] as const).map((kind) => ({ kind })));
  const controls = { version: "1", inForce: [], leftOut: 405, byKind, problem: "not allowed to read taskwire-control" };
  const cancelledAhead = { ids: 17, most: 10_000, since: null };
  const metrics = await openMetrics(BROKER_METRICS);
  const { text } = await metrics.scrape((scrape) =>
    new StatusMetrics().collect(statusWith({ controls, cancelledAhead }), { median: 0, p99: 0, largest: 0 }, scrape),
  );
  expect(text.split("\n").filter((line) => /^taskwire_(controls|cancelled_ahead)/.test(line))).toEqual([
    'taskwire_controls{kind="namespace"} 1',
    'taskwire_controls{kind="task"} 1',
    'taskwire_controls{kind="topic"} 0',
    'taskwire_controls{kind="pool"} 1',
    'taskwire_controls{kind="kill"} 502',
    "taskwire_controls_unshared 1",
    "taskwire_cancelled_ahead_ids 17",
  ]);
});
