import type { METRICS } from "./metrics.js";
import { header, seriesOf, TEXT_FORMAT } from "./series.js";
import type { CounterName, GaugeName, HistogramName, Labels, MetricTable } from "./spec.js";

/** Where events are counted as they happen; of a broker unless another table is named. */
export interface Meter<Table extends MetricTable = typeof METRICS> {
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

export const silentMeter: Meter = { count: () => {}, observe: () => {} };

/** Takes what is looked up when somebody scrapes. Values given twice for the same labels add up. */
export interface Scrape<Table extends MetricTable = typeof METRICS> {
  gauge<Name extends GaugeName<Table>>(name: Name, labels: Labels<Table, Name>, value: number): void;
  /** `total`: since the start of the process. */
  counter<Name extends CounterName<Table>>(name: Name, labels: Labels<Table, Name>, total: number): void;
}

export interface Metrics<Table extends MetricTable = typeof METRICS> extends Meter<Table> {
  /** The text format, with its content type. What `collect` gives replaces what it gave last time. */
  scrape(collect: (scrape: Scrape<Table>) => void): { readonly type: string; readonly text: string };
}

/**
 * The registry of a table of metrics. By hand, not with prom-client: that takes as long to load as Node itself, in every
 * broker, and counts more slowly.
 */
export function openMetrics<Table extends MetricTable>(table: Table): Metrics<Table> {
  const metrics = new Map(table.map((spec) => [spec.name, seriesOf(spec)]));
  return {
    count: (name, labels, by = 1) => metrics.get(name)?.add(labels, by),
    observe: (name, value, ...[labels]) => metrics.get(name)?.add(labels ?? {}, value),
    scrape(collect) {
      const replaced = new Set<string>();
      for (const series of metrics.values()) if (series.spec.type === "gauge") series.reset();
      collect({
        gauge: (name, labels, value) => metrics.get(name)?.add(labels, value),
        counter(name, labels, total) {
          const counter = metrics.get(name);
          if (!replaced.has(name)) counter?.reset();
          replaced.add(name);
          counter?.add(labels, total);
        },
      });
      const texts = [...metrics.values()].map((series) => header(series.spec) + [...series.lines()].join(""));
      return { type: TEXT_FORMAT, text: texts.join("\n") };
    },
  };
}

/** Bounds the number of label sets whose strings come from outside: the first `most` have their own, all others share one. */
export class LabelSets {
  readonly #most: number;
  readonly #known = new Set<string>();

  constructor(most: number) {
    this.#most = most;
  }

  has(key: string): boolean {
    if (this.#known.has(key)) return true;
    if (this.#known.size >= this.#most) return false;
    this.#known.add(key);
    return true;
  }

  /** When all places are taken, those that `present` lacks are free again. Only for what is given anew with each scrape. */
  release(present: ReadonlySet<string>): void {
    if (this.#known.size < this.#most) return;
    for (const key of this.#known) if (!present.has(key)) this.#known.delete(key);
  }
}
