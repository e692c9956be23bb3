import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { settings } from "../../data/settings.ts";
import { clockTime } from "../text/exact-time.ts";
import { ChartTable, shownValue } from "./chart-table.tsx";
import type { Line } from "./lines.ts";
import { linePath, pointAt, scaleOf, thinned, timeShare, timeTicks, valueTicks } from "./scale.ts";

interface Props {
  readonly title: string;
  /** ISO 8601 or milliseconds since 1970, the oldest first. */
  readonly at: readonly (string | number)[];
  readonly lines: readonly Line[];
  /** Seconds from one point to the next. */
  readonly step: number;
  /** How values are written on an axis and in the legend. */
  readonly format: (value: number) => string;
  /** Below the title: what is counted, in which unit. */
  readonly about?: string;
}

/** The time that the pointer is at: all charts of a page show it. */
const cursor = signal<number | undefined>(undefined);

/** The box that lines are drawn in; it is stretched to its place. */
const [WIDTH, HEIGHT] = [1000, 200];

/** Lines over time, with the values at the pointer, or the last ones, as a legend; and the same as a table. */
export function Chart({ title, at, lines, step, format, about }: Props) {
  const [asTable, setAsTable] = useState(false);
  const times = at.map((each) => (typeof each === "number" ? each : Date.parse(each)));
  const shown = cursor.value === undefined ? times.length - 1 : pointAt(times, cursor.value, step * 1000);
  const legendOf = ({ values }: Line) => shownValue(shown === undefined ? null : values[shown], format);
  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title">{title}</span>
        {about !== undefined && <span class="muted">{about}</span>}
        <button type="button" class="link" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? "show as chart" : "show as table"}
        </button>
      </figcaption>
      {asTable ? (
        <ChartTable title={title} at={times} lines={lines} format={format} />
      ) : (
        <Plot title={title} at={times} lines={lines} step={step * 1000} format={format} />
      )}
      <ul class="legend">
        {lines.map((line) => (
          <li key={line.label}>
            <svg class={`tone-${line.tone}`} viewBox="0 0 24 4" aria-hidden="true">
              <path d="M0 2h24" stroke-dasharray={line.dash.join(" ")} />
            </svg>
            {line.label} <span class="number">{legendOf(line)}</span>
          </li>
        ))}
        <li class="muted number">
          {cursor.value === undefined ? "now" : clockTime(cursor.value, settings.value.zone)}
        </li>
      </ul>
    </figure>
  );
}

interface PlotProps {
  readonly title: string;
  readonly at: readonly number[];
  readonly lines: readonly Line[];
  /** Milliseconds. */
  readonly step: number;
  readonly format: (value: number) => string;
}

function Plot({ title, at, lines, step, format }: PlotProps) {
  const drawn = thinned(
    at,
    lines.map(({ values }) => values),
    step,
  );
  const scale = scaleOf(drawn.at, drawn.lines, drawn.step);
  const ticks = valueTicks(scale.top);
  const last = lines.map(({ label, values }) => `${label} ${shownValue(values.at(-1), format)}`).join(", ");
  const follow = (event: PointerEvent & { readonly currentTarget: Element }) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    cursor.value = scale.from + ((event.clientX - left) / width) * (scale.to - scale.from);
  };
  return (
    <div class="plot">
      <div class="plot-values" aria-hidden="true">
        {ticks.map((tick) => (
          <span key={tick} style={{ top: `${100 - (tick / scale.top) * 100}%` }}>
            {format(tick)}
          </span>
        ))}
      </div>
      <div class="plot-area" onPointerMove={follow} onPointerLeave={() => (cursor.value = undefined)}>
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`${title}: ${last}`}>
          {ticks.map((tick) => (
            <path key={tick} class="grid-line" d={`M0 ${(1 - tick / scale.top) * HEIGHT}H${WIDTH}`} />
          ))}
          {lines.map(({ label, tone, dash }, index) => (
            <path
              key={label}
              class={`tone-${tone}`}
              d={linePath(drawn.at, drawn.lines[index] ?? [], scale, WIDTH, HEIGHT)}
              stroke-dasharray={dash.join(" ")}
            />
          ))}
        </svg>
        <Cursor from={scale.from} to={scale.to} />
      </div>
      <div class="plot-times" aria-hidden="true">
        {timeTicks(scale).map((time) => (
          <span key={time} style={{ left: `${timeShare(scale, time) * 100}%` }}>
            {clockTime(time, settings.value.zone).slice(0, 5)}
          </span>
        ))}
      </div>
    </div>
  );
}

/** The line at the pointer, on its own, so that lines are not drawn again when it moves. */
function Cursor({ from, to }: { readonly from: number; readonly to: number }) {
  const share = cursor.value === undefined ? undefined : (cursor.value - from) / (to - from);
  if (share === undefined || share < 0 || share > 1) return null;
  return <div class="plot-cursor" style={{ left: `${share * 100}%` }} />;
}
