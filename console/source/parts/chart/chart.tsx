import { useEffect, useRef, useState } from "preact/hooks";
import { settings } from "../../data/settings.ts";
import { Table } from "../table/table.tsx";
import { clockTime } from "../text/exact-time.ts";
import { type Line, withGaps } from "./lines.ts";
import type { Drawn } from "./plot.ts";

interface Props {
  readonly title: string;
  /** ISO 8601 or milliseconds since 1970, the oldest first. */
  readonly at: readonly (string | number)[];
  readonly lines: readonly Line[];
  /** Seconds from one point to the next. */
  readonly step: number;
  /** Of an axis and the legend. */
  readonly format: (value: number) => string;
  /** Below the title: what is counted, in which unit. */
  readonly about?: string;
}

/** Rows of the table: the newest, one a minute. */
const ROWS = 60;

/** Lines over time, with their last values as a legend, and the same as a table. */
export function Chart({ title, at, lines, step, format, about }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef<Drawn | null>(null);
  const [cursor, setCursor] = useState<number | null>(null);
  const [asTable, setAsTable] = useState(false);
  const [failed, setFailed] = useState(false);
  const times = at.map((each) => (typeof each === "number" ? each : Date.parse(each)));
  const shown = withGaps(times, lines, step * 1000);
  const latest = useRef(shown);
  latest.current = shown;
  const drawing = lines.map(({ label, tone }) => `${label}/${tone}`).join(",");
  const { scheme, zone } = settings.value;
  const dark = useDark();

  useEffect(() => {
    let ended = false;
    import("./plot.ts").then(
      ({ draw }) => {
        const element = place.current;
        if (ended || element === null) return;
        const { at: now, lines: current } = latest.current;
        drawn.current = draw(element, now, current, lookOf(element, current), format, setCursor);
      },
      () => setFailed(true),
    );
    return () => {
      ended = true;
      drawn.current?.end();
      drawn.current = null;
    };
  }, [drawing, scheme, dark, zone, asTable]);
  useEffect(() => drawn.current?.update(shown.at, shown.lines));

  const index = cursor ?? shown.at.length - 1;
  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title">{title}</span>
        {about !== undefined && <span class="muted">{about}</span>}
        <button type="button" class="link" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? "show as chart" : "show as table"}
        </button>
      </figcaption>
      {asTable || failed ? (
        <ChartTable title={title} at={times} lines={lines} format={format} />
      ) : (
        <div class="plot" ref={place} role="img" aria-label={`${title}: ${summaryOf(lines, format)}`} />
      )}
      <ul class="legend">
        {shown.lines.map(({ label, tone, dash, values }) => (
          <li key={label}>
            <svg class={`tone-${tone}`} viewBox="0 0 24 4" aria-hidden="true">
              <path d="M0 2h24" stroke-dasharray={dash.join(" ")} />
            </svg>
            {label} <span class="number">{shownValue(values[index], format)}</span>
          </li>
        ))}
        <li class="muted number">{cursor === null ? "now" : clockTime(shown.at[index] ?? 0, settings.value.zone)}</li>
      </ul>
    </figure>
  );
}

/** Whether the system asks for dark colours, which a canvas does not follow by itself. */
function useDark(): boolean {
  const [query] = useState(() => matchMedia("(prefers-color-scheme: dark)"));
  const [dark, setDark] = useState(query.matches);
  useEffect(() => {
    const follow = () => setDark(query.matches);
    query.addEventListener("change", follow);
    return () => query.removeEventListener("change", follow);
  }, [query]);
  return dark;
}

function shownValue(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? "–" : format(value);
}

function summaryOf(lines: readonly Line[], format: (value: number) => string): string {
  return lines.map(({ label, values }) => `${label} ${shownValue(values.at(-1), format)}`).join(", ");
}

/** A canvas takes colours as they are computed, not as the style sheet writes them. */
function lookOf(place: Element, lines: readonly Line[]) {
  const probe = document.createElement("span");
  place.append(probe);
  const colour = (name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const look = {
    ink: colour("--muted"),
    line: colour("--line-faint"),
    tones: lines.map(({ tone }) => colour(`--tone-${tone}`)),
    time: (at: number) => clockTime(at, settings.peek().zone).slice(0, 5),
  };
  probe.remove();
  return look;
}

interface TableProps {
  readonly title: string;
  readonly at: readonly number[];
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
}

function ChartTable({ title, at, lines, format }: TableProps) {
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
