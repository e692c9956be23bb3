import { cut } from "../base/text.js";
import type { CounterName, GaugeName, HistogramName, Labels, MetricSpec, MetricTable } from "./spec.js";

/** Where events are counted as they happen. */
export interface Meter<Table extends MetricTable> {
  count<Name extends CounterName<Table>>(name: Name, labels: Labels<Table, Name>, by?: number): void;
  observe<Name extends HistogramName<Table>>(name: Name, value: number, ...labels: LabelsArgument<Table, Name>): void;
}

/** Only a metric that has labels takes them. */
type LabelsArgument<Table extends MetricTable, Name extends Table[number]["name"]> = keyof Labels<
  Table,
  Name
> extends never
  ? []
  : [labels: Labels<Table, Name>];

/** Takes the values that are collected for a scrape. Values given twice for the same labels add up. */
export interface Scrape<Table extends MetricTable> {
  gauge<Name extends GaugeName<Table>>(name: Name, labels: Labels<Table, Name>, value: number): void;
  /** `total`: since the start of the process. */
  counter<Name extends CounterName<Table>>(name: Name, labels: Labels<Table, Name>, total: number): void;
}

export interface Metrics<Table extends MetricTable> extends Meter<Table> {
  /** The text format, with its content type. Values given by `collect` replace those of the scrape before. */
  scrape(collect: (scrape: Scrape<Table>) => void): Promise<{ readonly type: string; readonly text: string }>;
}

const LONGEST_LABEL = 120;

/** The registry of a table of metrics; loads prom-client. */
export async function openMetrics<Table extends MetricTable>(table: Table): Promise<Metrics<Table>> {
  const { Counter, Gauge, Histogram, Registry } = await import("prom-client");
  const registry = new Registry();
  const counters = new Map<string, InstanceType<typeof Counter>>();
  const gauges = new Map<string, InstanceType<typeof Gauge>>();
  const histograms = new Map<string, InstanceType<typeof Histogram>>();
  for (const spec of table as readonly MetricSpec[]) {
    const { name, help } = spec;
    const options = { name, help, labelNames: [...spec.labels], registers: [registry] };
    if (spec.type === "counter") counters.set(name, new Counter(options));
    else if (spec.type === "gauge") gauges.set(name, new Gauge(options));
    else histograms.set(name, new Histogram({ ...options, buckets: [...(spec.buckets ?? [])] }));
  }
  return {
    count: (name, labels, by = 1) => counters.get(name)?.inc(bounded(labels), by),
    observe(name, value, ...[labels]) {
      if (labels === undefined) histograms.get(name)?.observe(value);
      else histograms.get(name)?.observe(bounded(labels), value);
    },
    async scrape(collect) {
      const replaced = new Set<string>();
      for (const gauge of gauges.values()) gauge.reset();
      collect({
        gauge: (name, labels, value) => gauges.get(name)?.inc(bounded(labels), value),
        counter(name, labels, total) {
          const counter = counters.get(name);
          if (!replaced.has(name)) counter?.reset();
          replaced.add(name);
          counter?.inc(bounded(labels), total);
        },
      });
      return { type: registry.contentType, text: await registry.metrics() };
    },
  };
}

function bounded(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, cut(value, LONGEST_LABEL)]));
}
