import type { OrganizationResult, Summary } from "./result.js";

const COLUMNS = ["organization", "projects", "events", "base rate", "factor", "kept", "rare", "common"] as const;
const COUNT = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const RATE_DIGITS = 4;

/** The table: the first column left-aligned, numbers right-aligned. */
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

/** `x2.31`: 2.31 times the base rate. */
export function gainText(gain: number | null): string {
  return gain === null ? "-" : `x${gain.toFixed(2)}`;
}

/** What the columns of the table mean, and what ran. */
export function summaryText(summary: Summary): string {
  const { organizations, projects, activations, completed, retries } = summary;
  return [
    lines([
      ["base rate", "share of events that an organization of this size keeps"],
      ["factor", "correction, because the last period kept more or less than planned"],
      ["kept", "share of its events that the new rates keep"],
      ["rare", "its rare events are kept this many times as often as the base rate says"],
      ["common", "the same for its common events"],
    ]),
    [
      `${COUNT.format(completed)} of ${COUNT.format(activations)} tasks completed, in a broker and a worker process of their own.`,
      `They computed rates for ${COUNT.format(organizations)} organizations and ${COUNT.format(projects)} projects.`,
      `The web server that receives the results refused ${COUNT.format(retries)} calls; each succeeded when Taskwire retried it.`,
    ].join("\n"),
    lines([
      ["rates", `${summary.ratesHash} (a hash; equal in every run)`],
      ["data", summary.data],
      ["chart", `${summary.chart} (open it in a browser)`],
    ]),
  ].join("\n\n");
}

/** Name and value per line, in two columns. */
function lines(rows: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}
