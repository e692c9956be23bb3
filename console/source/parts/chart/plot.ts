import "uplot/dist/uPlot.min.css";
import UPlot from "uplot";
import type { Line } from "./lines.ts";

/** The chunk of uPlot: loaded when the first chart is drawn. */
export interface Drawn {
  readonly update: (at: readonly number[], lines: readonly Line[]) => void;
  readonly end: () => void;
}

/** All charts of a page have one cursor. */
const SYNC = "taskwire";

interface Look {
  readonly ink: string;
  readonly line: string;
  readonly tones: readonly string[];
  /** A time of the axis. */
  readonly time: (at: number) => string;
}

const FONT = "11px system-ui";

export function draw(
  place: HTMLElement,
  at: readonly number[],
  lines: readonly Line[],
  look: Look,
  format: (value: number) => string,
  onCursor: (index: number | null) => void,
): Drawn {
  const axis = {
    stroke: look.ink,
    grid: { stroke: look.line, width: 1 },
    ticks: { stroke: look.line, width: 1, size: 4 },
  };
  const plot = new UPlot(
    {
      width: place.clientWidth,
      height: place.clientHeight,
      cursor: { sync: { key: SYNC }, points: { size: 6 }, drag: { x: false, y: false } },
      legend: { show: false },
      scales: { x: { time: true }, y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] } },
      axes: [
        { ...axis, font: FONT, space: 70, values: (_, times) => times.map((time) => look.time(time * 1000)) },
        { ...axis, font: FONT, size: (_, labels) => widthOf(labels ?? []), values: (_, values) => values.map(format) },
      ],
      series: [
        {},
        ...lines.map(({ label, dash }, index) => ({
          label,
          stroke: look.tones[index] ?? look.ink,
          width: 1.5,
          dash: [...dash],
          spanGaps: false,
          points: { show: false },
        })),
      ],
      hooks: { setCursor: [(self) => onCursor(self.cursor.idx ?? null)] },
    },
    dataOf(at, lines),
    place,
  );
  const resize = new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: place.clientHeight }));
  resize.observe(place);
  return {
    update: (newAt, newLines) => plot.setData(dataOf(newAt, newLines)),
    end() {
      resize.disconnect();
      plot.destroy();
    },
  };
}

/** Pixels of the longest label of an axis. */
function widthOf(labels: readonly string[]): number {
  return 16 + 6.5 * Math.max(3, ...labels.map(({ length }) => length));
}

function dataOf(at: readonly number[], lines: readonly Line[]): UPlot.AlignedData {
  return [at.map((time) => time / 1000), ...lines.map(({ values }) => [...values])];
}
