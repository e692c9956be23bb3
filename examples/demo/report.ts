import type { OrganizationResult, Summary } from "./result.js";

const COLUMNS = ["organization", "projects", "volume", "kept", "lowest", "highest"] as const;
const COUNT = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const RATE_DIGITS = 4;

/** The table: the first column to the left, numbers to the right. */
export function tableText(results: readonly OrganizationResult[]): string {
  const rows = results.map(({ organization, projects, volume, kept, lowestRate, highestRate }) => [
    organization,
    COUNT.format(projects),
    COUNT.format(volume),
    COUNT.format(kept),
    lowestRate.toFixed(RATE_DIGITS),
    highestRate.toFixed(RATE_DIGITS),
  ]);
  const widths = COLUMNS.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd();
  return [line(COLUMNS), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

export function summaryText(summary: Summary): string {
  const lines: readonly (readonly [string, string])[] = [
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
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}
