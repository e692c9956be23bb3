import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { BROKER_METRICS, silentMeter } from "#runtime/telemetry/broker-metrics.js";
import { LabelSets } from "#runtime/telemetry/label-sets.js";
import { openMetrics } from "#runtime/telemetry/registry.js";
import { SCHEDULER_METRICS } from "#runtime/telemetry/scheduler-metrics.js";
import type { MetricSpec } from "#runtime/telemetry/spec.js";
import { WORKER_METRICS } from "#runtime/telemetry/worker-metrics.js";

const specs: readonly MetricSpec[] = BROKER_METRICS;

/** Series by name and labels, as a scraper reads them; fails on a line of any other form. */
function parse(text: string): Map<string, number> {
  const series = new Map<string, number>();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const match = /^([a-z_]+(?:\{(?:[a-z]+="(?:[^"\\]|\\["\\n])*",?)*\})?) (\S+)$/.exec(line);
    expect(match, line).not.toBeNull();
    series.set(match?.[1] ?? "", Number(match?.[2]));
  }
  return series;
}

describe.each([
  ["broker", "docs/reference/metrics.md", BROKER_METRICS],
  ["worker", "docs/reference/metrics.md", WORKER_METRICS],
  ["scheduler", "docs/reference/metrics.md", SCHEDULER_METRICS],
])("the table of metrics of a %s", (process, file, table: readonly MetricSpec[]) => {
  it("is the one in the documentation", () => {
    const rows = table.map(
      ({ name, type, labels, unit, help }) =>
        `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(", ")} | ${unit} | ${help} |`,
    );
    const chapter = readFileSync(file, "utf8")
      .split(/^## /m)
      .find((text) => text.startsWith(`Metrics of a ${process}`));
    const documented = chapter?.split("\n").filter((line) => line.startsWith("| `"));
    expect(documented).toEqual(rows);
  });

  it("has names with the unit and the manner of Prometheus, each once", () => {
    expect(new Set(table.map(({ name }) => name)).size).toBe(table.length);
    for (const { name, type, unit, labels, help } of table) {
      expect(name).toMatch(/^taskwire_[a-z_]+$/);
      expect(name.endsWith("_total"), name).toBe(type === "counter");
      if (unit === "seconds" || unit === "bytes") expect(name, name).toContain(`_${unit}`);
      for (const label of labels) expect(label).toMatch(/^[a-z]+$/);
      expect(help).not.toMatch(/[|\n]/);
    }
  });
});

describe("a scrape", () => {
  it("has the header of every metric before anything happened", async () => {
    const metrics = await openMetrics(BROKER_METRICS);
    const { type, text } = await metrics.scrape(() => {});
    expect(type).toContain("text/plain");
    for (const spec of specs) expect(text).toContain(`# TYPE ${spec.name} ${spec.type}\n`);
  });

  it("counts what happened, and replaces what was looked up", async () => {
    const metrics = await openMetrics(BROKER_METRICS);
    metrics.observe("taskwire_commit_changes", 3);
    metrics.count("taskwire_publish_failures_total", { topic: "work" });
    metrics.count("taskwire_publish_failures_total", { topic: "work" }, 2);
    const names = { application: "a", namespace: "n", task: "t" };
    await metrics.scrape(({ gauge, counter }) => {
      gauge("taskwire_unclaimed_activations", names, 5);
      gauge("taskwire_unclaimed_activations", { ...names, task: "gone" }, 5);
      counter("taskwire_activations_ended_total", { end: "completed" }, 10);
    });
    const { text } = await metrics.scrape(({ gauge, counter }) => {
      gauge("taskwire_unclaimed_activations", names, 1);
      gauge("taskwire_unclaimed_activations", names, 2);
      counter("taskwire_activations_ended_total", { end: "completed" }, 12);
    });
    const series = parse(text);
    expect(series.get('taskwire_unclaimed_activations{application="a",namespace="n",task="t"}')).toBe(3);
    expect(text).not.toContain('task="gone"');
    expect(series.get('taskwire_activations_ended_total{end="completed"}')).toBe(12);
    expect(series.get('taskwire_publish_failures_total{topic="work"}')).toBe(3);
    expect(series.get("taskwire_commit_changes_count")).toBe(1);
    expect(series.get("taskwire_commit_changes_sum")).toBe(3);
  });

  it("stays one line a series whatever the names hold, and cuts them", async () => {
    const metrics = await openMetrics(BROKER_METRICS);
    const hostile = [
      'a"} 1\ntaskwire_forged 1',
      "back\\slash\\",
      "a|b:c#d,e=f",
      "\u2028\r\t",
      "x".repeat(200_000),
      "__proto__",
    ];
    const { text } = await metrics.scrape(({ gauge }) => {
      for (const task of hostile)
        gauge("taskwire_unclaimed_activations", { application: "a", namespace: "n", task }, 1);
    });
    const series = [...parse(text)].filter(([name]) => name.startsWith("taskwire_unclaimed_activations{"));
    expect(series).toHaveLength(hostile.length);
    expect(text).not.toMatch(/^taskwire_forged/m);
    expect(text.length).toBeLessThan(50_000);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });
});

describe("label sets", () => {
  it("are bounded: the first have their own, the others share one", () => {
    const sets = new LabelSets(2);
    expect(["a", "b", "c", "a", "__proto__"].map((key) => sets.has(key))).toEqual([true, true, false, true, false]);
  });
});

it("a meter that nobody asks counts nothing", () => {
  silentMeter.observe("taskwire_commit_changes", 1);
  silentMeter.count("taskwire_publish_failures_total", { topic: "work" });
});
