/** One metric. Counters and histograms count from the start of the process. */
export interface MetricSpec {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  readonly unit: string;
  readonly help: string;
  /** Upper bounds of a histogram's buckets, in its unit. */
  readonly buckets?: readonly number[];
}

/** All metrics of one kind of process. */
export type MetricTable = readonly MetricSpec[];

export const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;
export const COUNTS = [1, 4, 16, 64, 256, 1024, 4096, 16_384] as const;

type Named<Table extends MetricTable, Type extends MetricSpec["type"]> = Extract<Table[number], { type: Type }>["name"];

export type CounterName<Table extends MetricTable> = Named<Table, "counter">;
export type GaugeName<Table extends MetricTable> = Named<Table, "gauge">;
export type HistogramName<Table extends MetricTable> = Named<Table, "histogram">;

/** A value for each of a metric's labels. */
export type Labels<Table extends MetricTable, Name extends Table[number]["name"]> = Readonly<
  Record<Extract<Table[number], { name: Name }>["labels"][number], string>
>;
