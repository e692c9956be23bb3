/** A figure beside the limit that the design sets for it. */
interface Budget {
  readonly budget: string;
  readonly limit: string;
  readonly measured: string;
  readonly holds: boolean;
}

export function atMost(budget: string, measured: number, limit: number, unit: string): Budget {
  return { budget, limit: `<= ${limit} ${unit}`, measured: `${measured} ${unit}`, holds: measured <= limit };
}

export function atLeast(budget: string, measured: number, limit: number, unit: string): Budget {
  return { budget, limit: `>= ${limit} ${unit}`, measured: `${measured} ${unit}`, holds: measured >= limit };
}

/** The budgets among what benches returned. */
export function budgetsIn(results: Readonly<Record<string, object>>): Budget[] {
  return Object.values(results).flatMap((result) =>
    "budgets" in result && Array.isArray(result.budgets) ? result.budgets : [],
  );
}

export function tableOf(budgets: readonly Budget[]): string {
  const rows = [
    ["budget", "limit", "measured", "holds"],
    ...budgets.map(({ budget, limit, measured, holds }) => [budget, limit, measured, holds ? "yes" : "NO"]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")).join("\n");
}
