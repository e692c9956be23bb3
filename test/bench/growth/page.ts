import type { Machine } from "../peers/machine.js";
import { spreadText } from "../report/figures.js";
import { lineChart } from "../report/lines.js";
import { spread } from "../report/statistics.js";
import { table } from "../report/table.js";
import type { Cost } from "./cost.js";

/** The costs along one axis. */
export interface Growth {
  readonly date: string;
  readonly machine: Machine;
  readonly rounds: number;
  readonly id: string;
  readonly name: string;
  /** By place, one for each round. */
  readonly costs: readonly (readonly [string, readonly Cost[]])[];
}

const PARTS: readonly (readonly [string, (cost: Cost) => number])[] = [
  ["broker", ({ broker }) => broker],
  ["workers", ({ worker }) => worker],
];

export function chartOf({ name, costs }: Growth): string {
  const lines = PARTS.map(([part, of]) => ({ name: part, values: costs.map(([, all]) => spread(all.map(of))) }));
  const title = "Cost of an activation";
  return lineChart({ title, unit: "µs", axis: name, places: costs.map(([place]) => place), lines });
}

/** The section of docs/reference/performance.md about one axis; `chart`: the path of the picture. */
export function section({ date, machine, rounds, name, costs }: Growth, chart: string): string {
  const rows = costs.map(([place, all]) => [place, ...PARTS.map(([, of]) => spreadText(spread(all.map(of))))]);
  return [
    `![Cost of an activation by ${name}](${chart})`,
    table([name, ...PARTS.map(([part]) => `${part}, µs`)], rows),
    `${date}, ${machine.model}, ${machine.processors} processors, Node ${machine.node}, medians of ${rounds} rounds.`,
  ].join("\n\n");
}
