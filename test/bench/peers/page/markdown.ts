import { ratioText, spreadText } from "../../report/figures.js";
import { ratios, spread } from "../../report/statistics.js";
import { table } from "../../report/table.js";
import type { PullRates } from "../pull/rates.js";
import type { Sample } from "../round.js";
import type { Result } from "./result.js";
import { ROWS, type Row } from "./rows.js";

/** What is above a chart or table on the page. */
interface Charts {
  readonly throughput: string;
  readonly latency: string;
}

/** The whole section of docs/reference/performance.md; `charts`: paths of the pictures. */
export function section(result: Result, charts: Charts): string {
  const rounds = Math.max(...Object.values(result.samples).map(({ length }) => length));
  return [
    about(result, rounds),
    `![Activations a second of Taskwire and its peers](${charts.throughput})`,
    `![Idle latency of Taskwire and its peers](${charts.latency})`,
    "### Figures",
    `Medians of ${rounds} rounds, with the least and the greatest. Each of the ${checked(result)} activations ran exactly once.`,
    figures(result),
    "### How many times better Taskwire is",
    "Above 1, Taskwire is faster; the ratio is that of the same round, the median of all with the least and the greatest.",
    times(result),
    "### Memory",
    "MiB of each process with those below it at its peak while it drains, with its share of pages that processes share: worker in one process; handlers in other processes.",
    memory(result),
    "### Over the taskbroker protocol",
    "GetTask and SetTaskStatus with fetch_next_task, one activation a call, no-ops, each client on a connection of its own.",
    pull(result),
    "### Settings",
    settings(result),
    ...(result.missing.length === 0 ? [] : [`Not measured: ${result.missing.join("; ")}.`]),
  ].join("\n\n");
}

function about({ machine, date, seconds, count }: Result, rounds: number): string {
  const { model, processors, memoryGiB, linux, node, load, fsyncMs } = machine;
  return [
    `Measured on ${date}: ${model}, ${processors} processors, ${memoryGiB} GiB, ${linux}, Node ${node}; load ${load} before.`,
    `A write of 100 bytes and its fdatasync took ${fsyncMs} ms. ${rounds} rounds of ${count.toLocaleString("en-US")} activations a drain, ${Math.round(seconds / 60)} minutes.`,
  ].join("\n");
}

function checked({ samples }: Result): string {
  const all = Object.values(samples).flat();
  return all.reduce((sum, sample) => sum + sample.checked, 0).toLocaleString("en-US");
}

export function figures({ contenders, samples }: Result): string {
  const cell = (row: Row, name: string) => {
    const values = valuesOf(row, samples[name] ?? []);
    return values.length === 0 ? "-" : spreadText(spread(values));
  };
  return table(
    ["", ...contenders.map(({ name }) => name)],
    [
      ["an acknowledged activation is", ...contenders.map(({ durability }) => durability)],
      ...ROWS.map((row) => [`${row.name}, ${row.unit}`, ...contenders.map(({ name }) => cell(row, name))]),
    ],
  );
}

/** Ours against each peer, in the direction in which more is better for ours. */
export function times({ contenders, samples }: Result): string {
  const [ours, ...peers] = contenders;
  const all = (row: Row, name = "") => (samples[name] ?? []).map(row.of);
  const compared = ROWS.filter((row) => all(row, ours?.name).some((value) => value !== undefined));
  const cell = (row: Row, name: string) => {
    const [mine, theirs] = [all(row, ours?.name), all(row, name)];
    return ratioText(spread(row.unit === "/s" ? ratios(mine, theirs) : ratios(theirs, mine)));
  };
  return table(
    ["", ...peers.map(({ name }) => name)],
    compared.map((row) => [row.name, ...peers.map(({ name }) => cell(row, name))]),
  );
}

function memory({ contenders, samples }: Result): string {
  const cell = (all: readonly Sample[], mode: "one" | "processes") => {
    const names = Object.keys(all[0]?.memory[mode] ?? {});
    return names.map((name) => `${name} ${spreadText(spread(all.map((each) => each.memory[mode]?.[name] ?? 0)))}`);
  };
  return table(
    ["", "worker in one process", "handlers in other processes"],
    contenders.map(({ name }) => {
      const all = samples[name] ?? [];
      return [name, cell(all, "one").join("; "), cell(all, "processes").join("; ")];
    }),
  );
}

function pull({ pull: measured }: Result): string {
  const brokers = Object.keys(measured);
  const [ours = [], ...others] = Object.values(measured);
  const cell = (values: readonly (number | undefined)[]) => {
    const known = values.filter((value) => value !== undefined);
    return known.length === 0 ? "not measured" : spreadText(spread(known));
  };
  const row = (title: string, of: (rates: PullRates) => number | undefined) => [
    title,
    ...Object.values(measured).map((all) => cell(all.map(of))),
    ...others.map((all) => ratioText(spread(ratios(ours.map(of), all.map(of))))),
  ];
  return table(
    ["", ...brokers.map((name) => `${name}, /s`), ...brokers.slice(1).map((name) => `Taskwire to ${name}`)],
    [
      row("16 clients", ({ sixteen }) => sixteen),
      row("one client after the other", ({ one }) => one),
      row("Python's worker, 2 processes", ({ python }) => python),
    ],
  );
}

function settings({ contenders }: Result): string {
  return table(
    ["", "version", "setting"],
    contenders.map(({ name, version, setting }) => [name, version, setting]),
  );
}

function valuesOf(row: Row, samples: readonly Sample[]): number[] {
  return samples.map(row.of).filter((value) => value !== undefined);
}
