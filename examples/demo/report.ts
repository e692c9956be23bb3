import type { OrganizationResult, Summary } from "./result.js";

const COLUMNS = ["organization", "projects", "volume", "base rate", "factor", "kept", "rare", "common"] as const;
const COUNT = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const RATE_DIGITS = 4;

/** The table: the first column to the left, numbers to the right. */
export function tableText(results: readonly OrganizationResult[]): string {
  const rows = results.map(({ organization, projects, volume, baseRate, factor, keptShare, rareGain, commonGain }) => [
    organization,
    COUNT.format(projects),
    COUNT.format(volume),
    baseRate.toFixed(2),
    factor.toFixed(RATE_DIGITS),
    keptShare.toFixed(RATE_DIGITS),
    gainText(rareGain),
    gainText(commonGain),
  ]);
  const widths = COLUMNS.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd();
  return [line(COLUMNS), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

/** `x2.31`: so many times the base rate. */
export function gainText(gain: number | null): string {
  return gain === null ? "-" : `x${gain.toFixed(2)}`;
}

export function summaryText(summary: Summary): string {
  const lines: readonly (readonly [string, string])[] = [
    ["rare, common", "how many times the base rate transactions below and above the average count are kept"],
    ["organizations", COUNT.format(summary.organizations)],
    ["projects", `${COUNT.format(summary.projects)}, each with a rate`],
    ["activations", COUNT.format(summary.activations)],
    ["retries", `${COUNT.format(summary.retries)} (the receiver refuses every fifth request once)`],
    [
      "tasks per second",
      `${summary.tasksPerSecond.toFixed(1)} in ${summary.seconds.toFixed(2)} s, retry delays included`,
    ],
    ["hash of all rates", summary.ratesHash],
    ["data", summary.data],
    ["chart", summary.chart],
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}
