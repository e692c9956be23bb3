import { barChart } from "../../report/bars.js";
import { spread } from "../../report/statistics.js";
import type { Result } from "./result.js";
import { ROWS, type Row } from "./rows.js";

/** A latency that many times ours would leave no room for the others; the tables have it. */
const OUT_OF_SIGHT = 20;

export function throughputChart(result: Result): string {
  return barChart("Activations a second, more is better", "median and range of the rounds", groups(result, "/s"));
}

export function latencyChart(result: Result): string {
  return barChart("Idle latency, less is better", "ms, median and range of the rounds", groups(result, "ms"));
}

function groups({ contenders, samples }: Result, unit: Row["unit"]) {
  return ROWS.filter((row) => row.unit === unit).map((row) => {
    const bars = contenders.flatMap(({ name }, series) => {
      const values = (samples[name] ?? []).map(row.of).filter((value) => value !== undefined);
      return values.length === 0 ? [] : [{ series, name, value: spread(values) }];
    });
    const ours = bars.find(({ series }) => series === 0)?.value.median ?? Number.POSITIVE_INFINITY;
    return { name: row.name, bars: bars.filter(({ value }) => unit === "/s" || value.median < OUT_OF_SIGHT * ours) };
  });
}
