import { settings } from "../../data/settings.ts";
import { Table } from "../table/table.tsx";
import { clockTime } from "../text/exact-time.ts";
import type { Line } from "./lines.ts";

interface Props {
  readonly title: string;
  /** Milliseconds since 1970. */
  readonly at: readonly number[];
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
}

/** Most rows: of an hour one a minute. */
const ROWS = 60;

/** What a chart shows, in numbers, the newest first. */
export function ChartTable({ title, at, lines, format }: Props) {
  const every = Math.max(1, Math.ceil(at.length / ROWS));
  const rows = at.map((time, index) => ({ time, index })).filter(({ index }) => (at.length - 1 - index) % every === 0);
  return (
    <div class="chart-table">
      <Table
        caption={title}
        rows={rows.reverse()}
        keyOf={({ time }) => String(time)}
        columns={[
          { id: "time", title: "Time", cell: ({ time }) => clockTime(time, settings.value.zone), card: "title" },
          ...lines.map(({ label, values }) => ({
            id: label,
            title: label,
            numeric: true,
            cell: ({ index }: { readonly index: number }) => shownValue(values[index], format),
          })),
        ]}
      />
    </div>
  );
}

/** A value, or a dash where it is not known. */
export function shownValue(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? "–" : format(value);
}
